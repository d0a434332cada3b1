#include "tee/vm/debug/register_file.h"

#include <fmt/format.h>

namespace strongroom::tee::vm::debug {
namespace {

constexpr const char* kHead = R"(<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>i386:x86-64</architecture>
<osabi>GNU/Linux</osabi>
)";
constexpr const char* kFlags = R"(<flags id="i386_eflags" size="4">
<field name="" start="22" end="31"/><field name="CF" start="0" end="0"/><field name="" start="1" end="1"/>
<field name="PF" start="2" end="2"/><field name="AF" start="4" end="4"/><field name="ZF" start="6" end="6"/>
<field name="SF" start="7" end="7"/><field name="TF" start="8" end="8"/><field name="IF" start="9" end="9"/>
<field name="DF" start="10" end="10"/><field name="OF" start="11" end="11"/><field name="NT" start="14" end="14"/>
<field name="RF" start="16" end="16"/><field name="VM" start="17" end="17"/><field name="AC" start="18" end="18"/>
</flags>
)";
constexpr const char* kVectors = R"(<vector id="v4f" type="ieee_single" count="4"/>
<vector id="v2d" type="ieee_double" count="2"/>
<vector id="v16i8" type="int8" count="16"/>
<vector id="v8i16" type="int16" count="8"/>
<vector id="v4i32" type="int32" count="4"/>
<vector id="v2i64" type="int64" count="2"/>
<union id="vec128">
<field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/><field name="v16_int8" type="v16i8"/>
<field name="v8_int16" type="v8i16"/><field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/>
<field name="uint128" type="uint128"/>
</union>
)";

constexpr const char* kGeneral[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
                                    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
constexpr const char* kSegments[] = {"cs", "ss", "ds", "es", "fs", "gs"};
constexpr const char* kX87[] = {"fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"};

std::string reg(std::string_view name, int bits, std::string_view type) {
  return fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\"/>\n", name, bits, type);
}

std::string feature(std::string_view name, const std::string& contents) {
  return fmt::format("<feature name=\"org.gnu.gdb.i386.{}\">\n{}</feature>\n", name, contents);
}

std::string describe() {
  std::string core = kFlags, sse = kVectors, avx;
  for (const std::string_view name : kGeneral)
    core += reg(name, 64, name == "rbp" || name == "rsp" ? "data_ptr" : "int64");
  core += reg("rip", 64, "code_ptr") + reg("eflags", 32, "i386_eflags");
  for (const std::string_view name : kSegments) core += reg(name, 32, "int32");
  for (int i = 0; i < 8; ++i) core += reg(fmt::format("st{}", i), 80, "i387_ext");
  for (const std::string_view name : kX87) core += reg(name, 32, "int");
  for (int i = 0; i < 16; ++i) sse += reg(fmt::format("xmm{}", i), 128, "vec128");
  sse += reg("mxcsr", 32, "int");
  for (int i = 0; i < 16; ++i) avx += reg(fmt::format("ymm{}h", i), 128, "uint128");
  return kHead + feature("core", core) + feature("sse", sse) + feature("linux", reg("orig_rax", 64, "int")) +
         feature("segments", reg("fs_base", 64, "int") + reg("gs_base", 64, "int")) + feature("avx", avx) +
         "</target>\n";
}

}  // namespace

const std::string& target_description() {
  static const std::string description = describe();
  return description;
}

}  // namespace strongroom::tee::vm::debug

// Properties of the generated text.
#include "edge/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "edge/compile.h"
#include "edge/dump.h"

namespace strongroom::edl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Interface interface_of(const std::string& items, const std::string& path = "hello.edl") {
  CompileOptions options;
  options.load = [&items](const std::string&) -> Result<std::string> { return "enclave {" + items + "};"; };
  Result<Compilation> compilation = compile(path, options);
  EXPECT_TRUE(compilation.has_value());
  EXPECT_TRUE(compilation->diagnostics.empty()) << compilation->diagnostics.render(compilation->sources);
  return compilation->interface;
}

std::vector<std::string> names_of(const std::vector<GeneratedFile>& files) {
  std::vector<std::string> names;
  for (const GeneratedFile& file : files) names.push_back(file.name);
  return names;
}

std::string text_of(const std::vector<GeneratedFile>& files, const std::string& name) {
  for (const GeneratedFile& file : files) {
    if (file.name == name) return file.text;
  }
  return "no file " + name;
}

std::string all_of(const std::vector<GeneratedFile>& files) {
  std::string text;
  for (const GeneratedFile& file : files) text += file.text;
  return text;
}

constexpr char kTwo[] =
    "trusted { public int add(int a, int b); }; untrusted { void print([in, string] const char* text); };";

TEST(GenerateTest, TwoFunctionsTakeLessThanTwoHundredLines) {
  const std::string text = all_of(generate(interface_of(kTwo), {}));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 200);
}

TEST(GenerateTest, TheSameInterfaceGivesTheSameText) {
  EXPECT_EQ(all_of(generate(interface_of(kTwo), {})), all_of(generate(interface_of(kTwo), {})));
}

TEST(GenerateTest, SpacingAndCommentsChangeNothing) {
  const std::string spaced =
      "/* a */ trusted\n{ public int  add ( int a , int b ) ; } ; untrusted { void print( [string , in]\n "
      "char const "
      "* text ); // b\n};";
  EXPECT_EQ(all_of(generate(interface_of(kTwo), {})), all_of(generate(interface_of(spaced), {})));
}

TEST(GenerateTest, EachSideGetsItsOwnFiles) {
  const Interface interface = interface_of(kTwo, "some/where/hello-world.edl");
  EXPECT_THAT(names_of(generate(interface, {})),
              ElementsAre("hello_world_types.h", "hello_world_host.h", "hello_world_host.cc",
                          "hello_world_enclave.h", "hello_world_enclave.cc"));
  EXPECT_THAT(names_of(generate(interface, {.trusted = false, .untrusted = true})),
              ElementsAre("hello_world_types.h", "hello_world_host.h", "hello_world_host.cc"));
  EXPECT_THAT(names_of(generate(interface, {.trusted = true, .untrusted = false})),
              ElementsAre("hello_world_types.h", "hello_world_enclave.h", "hello_world_enclave.cc"));
}

TEST(GenerateTest, OnlyWhatTheInterfaceUsesIsGenerated) {
  const std::string ecalls = all_of(generate(interface_of("trusted { public void f(); };"), {}));
  EXPECT_THAT(ecalls, Not(HasSubstr("HostFunctions")));
  EXPECT_THAT(ecalls, Not(HasSubstr("namespace host")));
  EXPECT_THAT(ecalls, Not(HasSubstr("namespace rule")));
  const std::string ocalls = all_of(generate(interface_of("untrusted { void f(); };"), {}));
  EXPECT_THAT(ocalls, Not(HasSubstr("class Enclave")));
  EXPECT_THAT(ocalls, Not(HasSubstr("namespace ecall")));
}

TEST(GenerateTest, EverythingStandsInTheNamespaceOfTheFile) {
  const auto files = generate(interface_of("struct S { int a; }; enum E { A };" + std::string(kTwo)), {});
  for (const GeneratedFile& file : files) {
    EXPECT_THAT(file.text, HasSubstr("namespace hello {")) << file.name;
    EXPECT_THAT(file.text, Not(HasSubstr("extern \"C\""))) << file.name;
  }
}

TEST(GenerateTest, HostMethodsTakeSpansAndStrings) {
  const auto files = generate(interface_of("trusted { public uint64_t f([in, count=n] const uint32_t* a, "
                                           "size_t n, [in, string] const char* b, "
                                           "[out] double* c, [in] int d[2][3], [out, size=16] void* e); };"),
                              {});
  EXPECT_THAT(
      text_of(files, "hello_host.h"),
      HasSubstr("strongroom::Result<uint64_t> f(std::span<const uint32_t> a, std::string_view b, double& c, "
                "std::span<const int[3], 2> d, std::span<uint8_t, 16> e);"));
  EXPECT_THAT(text_of(files, "hello_enclave.h"),
              HasSubstr("uint64_t f(std::span<const uint32_t> a, std::string_view b, double& c, "
                        "std::span<const int[3], 2> d, std::span<uint8_t, 16> e);"));
}

TEST(GenerateTest, HeadersOfOneSideStayOnThatSide) {
  const auto files =
      generate(interface_of("include \"both.h\" trusted { include \"inside.h\" public void f(); }; "
                            "untrusted { include \"outside.h\" void g(); };"),
               {});
  EXPECT_THAT(text_of(files, "hello_types.h"), HasSubstr("#include \"both.h\""));
  EXPECT_THAT(text_of(files, "hello_enclave.h"), HasSubstr("#include \"inside.h\""));
  EXPECT_THAT(text_of(files, "hello_host.h"), HasSubstr("#include \"outside.h\""));
  EXPECT_THAT(text_of(files, "hello_enclave.h"), Not(HasSubstr("outside.h")));
  EXPECT_THAT(text_of(files, "hello_host.h"), Not(HasSubstr("inside.h")));
}

TEST(DigestTest, ChangesWithEveryPartOfTheInterface) {
  const uint64_t base = digest(interface_of(kTwo));
  for (const char* other :
       {"trusted { public int add(int a, long b); }; untrusted { void print([in, string] const char* text); "
        "};",
        "trusted { int add(int a, int b); }; untrusted { void print([in, string] const char* text); };",
        "trusted { public int add(int a, int b); }; untrusted { void print([in, count=4] const char* text); "
        "};",
        "trusted { public int add(int a, int b); }; untrusted { void print([in, string] const char* text) "
        "allow(add); };",
        "trusted { public int sub(int a, int b); }; untrusted { void print([in, string] const char* text); "
        "};"})
    EXPECT_NE(digest(interface_of(other)), base) << other;
  EXPECT_NE(digest(interface_of(kTwo, "other.edl")), base);
}

}  // namespace
}  // namespace strongroom::edl

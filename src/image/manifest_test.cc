#include "image/manifest.h"

#include <gmock/gmock.h>

namespace strongroom::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Manifest> parse(std::string_view text) {
  return parse_manifest(text, "strongroom.toml", "/home/somebody");
}

// The message with which a manifest that holds `lines` beside a program is refused.
std::string refusal(const std::string& lines) {
  const auto manifest = parse("[enclave]\nprogram = \"p\"\n" + lines);
  return manifest ? "accepted" : manifest.error().message;
}

constexpr std::string_view kEverything = R"(
[enclave]
name = "train"
program = "bin/train"
product_id = 7
svn = 3
debug = true
family_id = "000102030405060708090a0b0c0d0e0f"
extended_product_id = "f0e0d0c0b0a090807060504030201000"
[memory]
heap_size = "128 MiB"
stack_size = 1048576
thread_stack_size = "256 KiB"
threads = 4
enclave_size = "2 GiB"
[sgx]
edmm = false
aex_notify = false
[run]
arguments = ["--fold", "5"]
environment = { TZ = "UTC", LANG = "C" }
insecure_host_arguments = true
insecure_host_environment = ["TERM", "COLUMNS"]
[[file]]
path = "/data/b"
source = "b"
mode = "0600"
[[file]]
path = "/data/a"
source = "/abs/a"
[[directory]]
path = "/tmp"
mode = "0777"
[[symlink]]
path = "/data/latest"
target = "b"
)";

TEST(Manifest, ReadsEveryKey) {
  const auto manifest = parse(kEverything);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->name, "train");
  EXPECT_EQ(manifest->program, "/home/somebody/bin/train");
  EXPECT_EQ(manifest->product_id, 7);
  EXPECT_EQ(manifest->svn, 3);
  EXPECT_TRUE(manifest->debug);
  EXPECT_EQ((*manifest->family_id)[15], 15);
  EXPECT_EQ((*manifest->extended_product_id)[0], 0xf0);
  EXPECT_EQ(manifest->heap_size, uint64_t{128} << 20);
  EXPECT_EQ(manifest->stack_size, uint64_t{1} << 20);
  EXPECT_EQ(manifest->thread_stack_size, uint64_t{256} << 10);
  EXPECT_EQ(manifest->threads, 4u);
  EXPECT_EQ(manifest->enclave_size, uint64_t{2} << 30);
  EXPECT_FALSE(manifest->sgx_edmm);
  EXPECT_THAT(manifest->arguments, ElementsAre("--fold", "5"));
  EXPECT_THAT(manifest->environment, ElementsAre(std::pair("LANG", "C"), std::pair("TZ", "UTC")));
  EXPECT_TRUE(manifest->insecure_host_arguments);
  EXPECT_THAT(manifest->insecure_host_environment, ElementsAre("COLUMNS", "TERM"));
  ASSERT_EQ(manifest->files.size(), 2u);
  EXPECT_EQ(manifest->files[0].path, "/data/a");
  EXPECT_EQ(manifest->files[0].source, "/abs/a");
  EXPECT_EQ(manifest->files[0].mode, 0644u);
  EXPECT_EQ(manifest->files[1].source, "/home/somebody/b");
  EXPECT_EQ(manifest->files[1].mode, 0600u);
  EXPECT_EQ(manifest->directories[0].mode, 0777u);
  EXPECT_EQ(manifest->symlinks[0].target, "b");
}

TEST(Manifest, AexNotifyIsAskedForAndNeedsEdmm) {
  const auto manifest = parse("[enclave]\nprogram = \"p\"\n[sgx]\naex_notify = true\n");
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_TRUE(manifest->sgx_aex_notify);
  EXPECT_THAT(refusal("[sgx]\naex_notify = true\nedmm = false\n"),
              HasSubstr("does not go with `edmm = false`"));
}

TEST(Manifest, DefaultsAreSafe) {
  const auto manifest = parse("[enclave]\nprogram = \"dir/p\"\n");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->name, "p");
  EXPECT_FALSE(manifest->debug);
  EXPECT_FALSE(manifest->insecure_host_arguments);
  EXPECT_TRUE(manifest->insecure_host_environment.empty());
  EXPECT_TRUE(manifest->environment.empty());
  EXPECT_EQ(manifest->heap_size, uint64_t{64} << 20);
  EXPECT_EQ(manifest->threads, 16u);
}

TEST(Manifest, UnknownKeysAreErrorsWithASuggestion) {
  EXPECT_EQ(refusal("[memory]\nheap_szie = 1\n"),
            "strongroom.toml:4:1: unknown key `heap_szie` in [memory]; did you mean `heap_size`?");
  EXPECT_EQ(
      refusal("[run]\nhost_arguments = true\n"),
      "strongroom.toml:4:1: unknown key `host_arguments` in [run]; the keys are arguments, environment, "
      "insecure_host_arguments, insecure_host_environment");
  EXPECT_THAT(refusal("[memroy]\n"),
              HasSubstr("unknown key `memroy` in the manifest; did you mean `memory`?"));
  EXPECT_THAT(refusal("[[file]]\npath = \"/a\"\nsoruce = \"b\"\n"), HasSubstr("did you mean `source`?"));
}

TEST(Manifest, WrongTypesNameLineColumnAndRemedy) {
  EXPECT_EQ(refusal("debug = \"yes\"\n"),
            "strongroom.toml:3:9: `debug` in [enclave] is a string; write true or false");
  EXPECT_EQ(refusal("svn = 1.5\n"),
            "strongroom.toml:3:7: `svn` in [enclave] is a floating-point number; write an integer");
  EXPECT_EQ(
      refusal("[memory]\nheap_size = \"64 MB\"\n"),
      "strongroom.toml:4:13: `heap_size` in [memory] is no size; write bytes as an integer, or text like "
      "\"64 MiB\" (KiB, MiB, GiB)");
  EXPECT_THAT(refusal("[memory]\nheap_size = -4096\n"), HasSubstr("`heap_size` in [memory] is no size"));
  EXPECT_THAT(refusal("[memory]\nheap_size = 1.5\n"), HasSubstr("is a floating-point number"));
  EXPECT_THAT(refusal("[run]\narguments = \"--fold 5\"\n"), HasSubstr("write an array of strings"));
  EXPECT_THAT(refusal("[run]\narguments = [\"a\", 5]\n"), HasSubstr("only strings in the array"));
  EXPECT_THAT(refusal("[run]\nenvironment = [\"LANG=C\"]\n"), HasSubstr("a table of strings"));
  EXPECT_THAT(refusal("[run]\nenvironment = { A = 1 }\n"),
              HasSubstr("`A` in [run] is an integer; write a string"));
  EXPECT_THAT(refusal("[[file]]\npath = \"/a\"\nsource = \"b\"\nmode = 644\n"),
              HasSubstr("write permission bits as octal text, like \"0644\""));
  EXPECT_THAT(refusal("file = \"x\"\n"), HasSubstr("unknown key `file` in [enclave]"));
  EXPECT_THAT(refusal("[file]\npath = \"/a\"\n"), HasSubstr("write tables: [[file]]"));
  EXPECT_EQ(parse("enclave = 5\n").error().message,
            "strongroom.toml:1:11: `enclave` in the manifest is an integer; write a table: [enclave]");
}

TEST(Manifest, ValuesOutOfRangeNameTheRange) {
  EXPECT_EQ(refusal("product_id = 65536\n"),
            "strongroom.toml:3:14: `product_id` in [enclave] is 65536; it must be 0 to 65535");
  EXPECT_THAT(refusal("svn = -1\n"), HasSubstr("`svn` in [enclave] is -1; it must be 0 to 65535"));
  EXPECT_THAT(refusal("[memory]\nthreads = 0\n"), HasSubstr("must be 1 to 256"));
  EXPECT_THAT(refusal("[memory]\nthreads = 257\n"), HasSubstr("must be 1 to 256"));
  EXPECT_EQ(refusal("[memory]\nheap_size = \"1 KiB\"\n"),
            "strongroom.toml:4:13: `heap_size` in [memory] is 1024 bytes; it must be 1 MiB to 64 GiB, in "
            "whole pages "
            "of 4 KiB");
  EXPECT_THAT(refusal("[memory]\nheap_size = 1048577\n"), HasSubstr("in whole pages"));
  EXPECT_THAT(refusal("[memory]\nheap_size = \"99999999999 GiB\"\n"), HasSubstr("is no size"));
  EXPECT_THAT(refusal("[memory]\nenclave_size = \"96 MiB\"\n"),
              HasSubstr("it must be a power of two, for instance \"128 MiB\""));
  EXPECT_THAT(refusal("family_id = \"00\"\n"), HasSubstr("`family_id` must be 32 hexadecimal digits"));
}

TEST(Manifest, SyntaxErrorsNameTheirPlace) {
  std::string nested;
  for (int i = 0; i < 200'000; ++i) nested += "a.";
  EXPECT_THAT(parse(nested + "b = 1\n").error().message, HasSubstr("strongroom.toml:1: more than 64 dots"));
  EXPECT_THAT(parse("[enclave\n").error().message, HasSubstr("strongroom.toml:1:9: not valid TOML: "));
  EXPECT_THAT(refusal("program = \"q\"\n"), HasSubstr("strongroom.toml:3:11: not valid TOML: "));
}

TEST(Manifest, AProgramIsRequired) {
  EXPECT_THAT(parse("").error().message,
              HasSubstr("`program` in [enclave] is missing; name a static-pie program"));
  EXPECT_THAT(parse("[enclave]\nprogram = \"\"\n").error().message, HasSubstr("is missing"));
}

TEST(Manifest, PathsInTheEnclaveAreAbsoluteAndShort) {
  const auto file = [](const std::string& path) {
    return refusal("[[file]]\npath = \"" + path + "\"\nsource = \"x\"\n");
  };
  EXPECT_EQ(file("data/a"), "strongroom.toml: file `data/a`: the path must be absolute");
  EXPECT_THAT(file("/data/../a"), HasSubstr("write the path without"));
  EXPECT_THAT(file("/data//a"), HasSubstr("write the path without"));
  EXPECT_THAT(file("/data/"), HasSubstr("write the path without"));
  EXPECT_THAT(file("/"), HasSubstr("the root directory is always there"));
  EXPECT_THAT(file("/a\\u0000b"), HasSubstr("holds a NUL character"));
  EXPECT_THAT(file("/" + std::string(5000, 'a')), HasSubstr("longer than 4095 bytes"));
}

TEST(Manifest, OneNameHasOneMeaning) {
  EXPECT_THAT(refusal("[[file]]\npath = \"/a\"\nsource = \"x\"\n[[directory]]\npath = \"/a\"\n"),
              HasSubstr("`/a` is given twice"));
  EXPECT_THAT(refusal("[[file]]\npath = \"/a\"\nsource = \"x\"\n[[file]]\npath = \"/a/b\"\nsource = \"x\"\n"),
              HasSubstr("`/a` is not a directory, but `/a/b` is below it"));
  EXPECT_THAT(refusal("[run]\nenvironment = { A = \"1\" }\ninsecure_host_environment = [\"A\"]\n"),
              HasSubstr("decide whether it is measured or the host's"));
  EXPECT_THAT(refusal("[run]\ninsecure_host_environment = [\"A\", \"A\"]\n"), HasSubstr("twice"));
  EXPECT_THAT(refusal("[run]\ninsecure_host_environment = [\"A=B\"]\n"),
              HasSubstr("cannot be an environment variable"));
}

TEST(Manifest, NamesAreFileNames) {
  EXPECT_THAT(refusal("name = \"a/b\"\n"), HasSubstr("no `/`"));
  EXPECT_THAT(refusal("name = \"\"\n"), HasSubstr("1 to 128 bytes"));
}

std::string canonical(const Manifest& manifest) {
  return canonical_manifest(manifest, {"aa", 1}, {"bb", 2}, {{"cc", 3}, {"dd", 4}}, uint64_t{2} << 30);
}

TEST(CanonicalManifest, HoldsEveryEffectiveValueInAFixedOrder) {
  EXPECT_EQ(canonical(parse(kEverything).value()), R"([enclave]
name = "train"
program = "train"
program_sha256 = "aa"
program_size = 1
kernel_sha256 = "bb"
kernel_size = 2
product_id = 7
svn = 3
debug = true
family_id = "000102030405060708090a0b0c0d0e0f"
extended_product_id = "f0e0d0c0b0a090807060504030201000"

[memory]
heap_size = "128 MiB"
stack_size = "1 MiB"
thread_stack_size = "256 KiB"
threads = 4
enclave_size = "2 GiB"

[sgx]
edmm = false
aex_notify = false

[run]
arguments = ["--fold", "5"]
environment = { "LANG" = "C", "TZ" = "UTC" }
insecure_host_arguments = true
insecure_host_environment = ["COLUMNS", "TERM"]

[[file]]
path = "/data/a"
mode = "0644"
sha256 = "cc"
size = 3

[[file]]
path = "/data/b"
mode = "0600"
sha256 = "dd"
size = 4

[[directory]]
path = "/tmp"
mode = "0777"

[[symlink]]
path = "/data/latest"
target = "b"
)");
}

TEST(CanonicalManifest, OrderInTheSourceChangesNothing) {
  const auto a = parse("[enclave]\nprogram = \"p\"\n[run]\nenvironment = { A = \"1\", B = \"2\" }\n");
  const auto b = parse("[run]\nenvironment = { B = \"2\", A = \"1\" }\n[enclave]\nprogram = \"p\"\n");
  EXPECT_EQ(canonical_manifest(*a, {}, {}, {}, 4096), canonical_manifest(*b, {}, {}, {}, 4096));
}

TEST(CanonicalManifest, GivesBackTheIdentity) {
  const Manifest manifest = parse(kEverything).value();
  const auto identity = read_canonical_manifest(canonical(manifest));
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->name, "train");
  EXPECT_EQ(identity->product_id, 7);
  EXPECT_EQ(identity->svn, 3);
  EXPECT_TRUE(identity->debug);
  EXPECT_EQ(identity->family_id, manifest.family_id);
  EXPECT_THAT(identity->insecure,
              ElementsAre(std::pair("insecure_host_arguments", "true"),
                          std::pair("insecure_host_environment", "[\"COLUMNS\", \"TERM\"]")));
}

TEST(CanonicalManifest, StrangeTextSurvivesQuoting) {
  Manifest manifest = parse("[enclave]\nprogram = \"p\"\n").value();
  manifest.name = "quote \" backslash \\ newline \n tab \t bell \a delete \x7f umlaut \xc3\xa4";
  const auto identity = read_canonical_manifest(canonical_manifest(manifest, {}, {}, {}, 4096));
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->name, manifest.name);
}

}  // namespace
}  // namespace strongroom::image

// An enclave file in the form of Intel's SDK, written by hand, and beside it the pages that its loader adds.
#include "image/intel_enclave.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "crypto/test_signing_key.h"
#include "image/sgx_file.h"
#include "image/test_elf.h"

namespace strongroom::image {
namespace {

using testing::HasSubstr;

constexpr uint64_t kPage = arch::kPageSize;
constexpr uint64_t kEnclaveSize = 64 * kPage;
constexpr uint64_t kReadWrite = 0x203, kCode = 0x205, kTcs = 0x100;
constexpr uint16_t kAdd = 1, kExtend = 2, kRemove = 4, kPostAdd = 8, kDynamicThread = 32, kGroup = 1 << 12;
constexpr uint64_t kVersion = uint64_t{2} << 32 | 3;

struct Page {
  uint64_t address;
  uint64_t flags;
  bool measured;
  Bytes content;  // filled up with zeros
};

arch::Measurement measure(const std::vector<Page>& pages, uint64_t size = kEnclaveSize, uint64_t base = 0) {
  auto builder = arch::MeasurementBuilder::create(size, 1).value();
  for (const Page& page : pages) {
    EXPECT_TRUE(builder.add_page(base + page.address, arch::Secinfo{page.flags, {}}));
    if (!page.measured) continue;
    Bytes content = page.content;
    content.resize(kPage);
    for (uint64_t at = 0; at < kPage; at += 256)
      EXPECT_TRUE(builder.extend(base + page.address + at, ByteView(content).subspan(at, 256)));
  }
  return builder.finish();
}

Bytes pattern(size_t size, uint8_t first) {
  Bytes out(size);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(first + i * 7 + i / 251);
  return out;
}
Bytes part(const Bytes& bytes, size_t begin, size_t size) {
  return {bytes.begin() + static_cast<ptrdiff_t>(begin),
          bytes.begin() + static_cast<ptrdiff_t>(begin + size)};
}
Bytes at(size_t offset, const Bytes& content) {
  return ByteWriter().zeros(offset).bytes(content).take();
}

struct Range {
  uint64_t image_address, start, size;
};

struct Example {
  uint64_t version = kVersion;
  std::optional<Range> range;  // in metadata of later versions
  size_t dynamic_size = 0;     // of a dynamic section at the start of `data`
  arch::Sigstruct sigstruct{};
  uint64_t second_segment_memory = 0x1500;
  uint64_t heap_address = 0x7000;
  uint16_t group_entries = 3;
  uint32_t group_times = 2;
  uint64_t patch_to = 0x900;
  std::string name{"sgx_metadata\0", 13};
  uint64_t magic = 0x86A80294635D0E4C;

  // The file: a segment with headers and code, one that begins inside of a page and ends in zeros.
  const Bytes code = pattern(0x1700, 3);
  Bytes data = pattern(0x300, 90);
  static constexpr uint64_t kDataAddress = 0x3e10, kDataOffset = 0x1e10;
  const Bytes patch = pattern(16, 200);
  const Bytes tcs = ByteWriter()
                        .zeros(16)
                        .little(uint64_t{0x1000})  // OSSA, from the page
                        .little(uint32_t{0})
                        .little(uint32_t{2})
                        .little(uint64_t{0x150})
                        .zeros(8)
                        .little(uint64_t{0x3000})  // OFSBASE, OGSBASE
                        .little(uint64_t{0x3000})
                        .little(uint64_t{0xffffffffffffffff})
                        .take();

  static void entry(ByteWriter& out, uint16_t id, uint16_t attributes, uint32_t pages, uint64_t address,
                    uint32_t content_size, uint32_t content_offset, uint64_t flags) {
    out.little(id)
        .little(attributes)
        .little(pages)
        .little(address)
        .little(content_size)
        .little(content_offset);
    out.little(flags);
  }

  Bytes note() const {
    constexpr uint32_t kData = 0x760;
    ByteWriter data_part;
    if (range) data_part.little(kData + 8).little(uint32_t{24}).bytes(object_bytes(*range));
    const uint32_t patches_at = kData + (range ? 32 : 0);
    const uint32_t layout_at = patches_at + 32, content_at = layout_at + 8 * 32;
    data_part.little(patch_to).little(content_at).little(uint32_t{16}).zeros(16);
    entry(data_part, 1, kAdd, 2, heap_address, 0, 0, kReadWrite);  // heap: added, not measured
    entry(data_part, 10, 0, 16, 0x9000, 0, 0, 0);                  // guard
    entry(data_part, 3, 0, 4, 0x19000, 0, 0, kReadWrite);          // heap for later: not added
    entry(data_part, 8, kAdd | kExtend, 1, 0x10000, 0xcccccccc, 0, kReadWrite);
    entry(data_part, 4, kAdd | kExtend, 1, 0x11000, static_cast<uint32_t>(tcs.size()), content_at + 16, kTcs);
    entry(data_part, 6, kAdd | kExtend | kRemove, 1, 0x12000, 0, 0, kReadWrite);  // measured all the same
    data_part.little(static_cast<uint16_t>(kGroup | 9)).little(group_entries).little(group_times);
    data_part.little(uint64_t{0x4000}).zeros(16);
    entry(data_part, 14, kPostAdd | kDynamicThread, 1, 0x30000, 0, 0, kTcs);  // a thread for later
    data_part.bytes(patch).bytes(tcs);
    const Bytes tail = data_part.take();
    const auto size = static_cast<uint32_t>(kData + tail.size());
    ByteWriter metadata;
    metadata.little(magic).little(version).little(size).little(uint32_t{0}).little(uint32_t{1});
    metadata.zeros(12).little(kEnclaveSize).zeros(16).bytes(object_bytes(sigstruct));
    metadata.little(patches_at).little(uint32_t{32}).little(layout_at).little(uint32_t{8 * 32}).bytes(tail);
    // What the SDK appends for older loaders.
    const Bytes block = ByteWriter().bytes(metadata.take()).bytes(as_bytes("another")).zeros(93).take();
    ByteWriter out;
    out.little(static_cast<uint32_t>(name.size()))
        .little(static_cast<uint32_t>(block.size()))
        .little(uint32_t{1});
    return out.bytes(as_bytes(name)).bytes(block).take();
  }

  Bytes file() const {
    const std::string names("\0.shstrtab\0.note.sgxmeta\0", 25);
    const Bytes section = note();
    const uint64_t names_at = kDataOffset + data.size();
    const uint64_t note_at = names_at + names.size();
    const Elf64_Ehdr header = shared_object_header(3, 3, note_at + section.size());
    const Elf64_Phdr segments[3] = {
        {PT_LOAD, PF_R | PF_X, 0, 0, 0, code.size(), code.size(), kPage},
        {PT_LOAD, PF_R | PF_W, kDataOffset, kDataAddress, 0, data.size(), second_segment_memory, kPage},
        {dynamic_size == 0 ? Elf64_Word{PT_NULL} : Elf64_Word{PT_DYNAMIC}, PF_R | PF_W, kDataOffset,
         kDataAddress, 0, dynamic_size, dynamic_size, 8}};
    Elf64_Shdr sections[3]{};
    sections[1] = {1, SHT_STRTAB, 0, 0, names_at, names.size(), 0, 0, 1, 0};
    sections[2] = {11, SHT_NOTE, 0, 0, note_at, section.size(), 0, 0, 1, 0};
    const size_t heads = sizeof(header) + sizeof(segments);
    return ByteWriter()
        .bytes(object_bytes(header))
        .bytes(object_bytes(segments))
        .bytes(ByteView(code).subspan(heads))
        .zeros(kDataOffset - code.size())
        .bytes(data)
        .bytes(as_bytes(names))
        .bytes(section)
        .bytes(object_bytes(sections))
        .take();
  }

  // What the loader adds, page by page.
  std::vector<Page> pages() const {
    Bytes loaded = file();
    std::copy(patch.begin(), patch.end(), loaded.begin() + 0x900);
    std::vector<Page> out = {{0x0000, kCode, true, part(loaded, 0, kPage)},
                             {0x1000, kCode, true, part(loaded, kPage, 0x700)},
                             {0x3000, kReadWrite, true, at(0xe10, part(data, 0, 0x1f0))},
                             {0x4000, kReadWrite, true, part(data, 0x1f0, 0x110)},
                             {0x5000, kReadWrite, true, {}},
                             {0x7000, kReadWrite, false, {}},
                             {0x8000, kReadWrite, false, {}}};
    for (uint64_t time = 0; time < 3; ++time) {
      const uint64_t moved = time * 0x4000;
      Bytes thread = tcs;
      for (const size_t field : {16, 48, 56}) {
        uint64_t value;
        std::memcpy(&value, &thread[field], 8);
        value += 0x11000 + moved;
        std::memcpy(&thread[field], &value, 8);
      }
      out.push_back({0x10000 + moved, kReadWrite, true, Bytes(kPage, 0xcc)});
      out.push_back({0x11000 + moved, kTcs, true, thread});
      out.push_back({0x12000 + moved, kReadWrite, true, {}});
    }
    return out;
  }
};

Result<SgxContents> measured(const Example& example, uint64_t most_hashed = 1 << 30) {
  const Bytes file = example.file();
  const ElfFile elf = ElfFile::parse(file).value();
  return measure_intel_enclave(elf, example.note(), most_hashed);
}
std::string refusal(const Example& example) {
  const auto result = measured(example);
  return result ? "" : result.error().message;
}

TEST(IntelEnclave, IsMeasuredAsItsLoaderAddsIt) {
  const Example example;
  const auto contents = measured(example);
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_EQ(contents->measurement, measure(example.pages()));
  EXPECT_EQ(contents->pages, 16u);
  EXPECT_EQ(contents->tcs_pages, 3u);
  EXPECT_EQ(contents->unmeasured_bytes, 2 * kPage);
}

TEST(IntelEnclave, OfTheFirstVersionHasAPageMoreBehindSomeSegments) {
  Example example;
  // 0x3e10 + 0x1100 ends in page 4; with its size rounded up first it would end in page 5.
  example.second_segment_memory = 0x1100;
  std::vector<Page> pages = example.pages();
  ASSERT_EQ(pages[4].address, 0x5000u);
  example.version = uint64_t{1} << 32 | 3;
  EXPECT_EQ(measured(example)->measurement, measure(pages));
  example.version = uint64_t{1} << 32 | 4;
  pages.erase(pages.begin() + 4);
  EXPECT_EQ(measured(example)->measurement, measure(pages));
}

TEST(IntelEnclave, StandsInsideOfItsAddressRange) {
  Example example;
  example.version = uint64_t{12} << 32 | 4;
  example.range = {.image_address = 0x7'0010'0000, .start = 0x7'0000'0000, .size = 0x100'0000};
  const auto contents = measured(example);
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_EQ(contents->measurement, measure(example.pages(), 0x100'0000, 0x10'0000));
  EXPECT_EQ(contents->enclave_size, 0x100'0000u);
  EXPECT_EQ(refusal(example), "");
  const Range wrong[] = {{0x6'0000'0000, 0x7'0000'0000, 0x100'0000},   // before it
                         {0x7'00ff'0000, 0x7'0000'0000, 0x100'0000},   // ends behind it
                         {0x7'0200'0000, 0x7'0000'0000, 0x100'0000},   // behind it
                         {0x7'0010'0800, 0x7'0000'0000, 0x100'0000},   // inside of a page
                         {0x7'0010'0000, 0x7'0000'0000, UINT64_MAX}};  // no power of two
  for (const Range& range : wrong) {
    example.range = range;
    EXPECT_NE(refusal(example), "") << range.image_address;
  }
}

// A dynamic section at the start of the data, with two relocations behind it.
void relocate(Example& example, int64_t tag, uint64_t where) {
  const Elf64_Rela relocations[] = {{where, ELF64_R_INFO(0, R_X86_64_RELATIVE), 0},
                                    {0x1100, ELF64_R_INFO(0, R_X86_64_NONE), 0}};
  const Elf64_Dyn dynamic[] = {{tag, {0}},
                               {DT_RELA, {Example::kDataAddress + sizeof(Elf64_Dyn) * 4}},
                               {DT_RELASZ, {sizeof(relocations)}},
                               {DT_NULL, {0}}};
  example.dynamic_size = sizeof(dynamic);
  const Bytes all = ByteWriter().bytes(object_bytes(dynamic)).bytes(object_bytes(relocations)).take();
  std::copy(all.begin(), all.end(), example.data.begin());
}

TEST(IntelEnclave, GetsWritablePagesWhereItsCodeIsRelocated) {
  const auto expect_writable = [](int64_t tag, uint64_t where, std::initializer_list<size_t> writable) {
    Example example;
    relocate(example, tag, where);
    std::vector<Page> pages = example.pages();
    for (const size_t page : writable) pages[page].flags |= arch::kSecinfoWrite;
    const auto contents = measured(example);
    ASSERT_TRUE(contents) << contents.error().message;
    EXPECT_EQ(contents->measurement, measure(pages)) << where;
  };
  expect_writable(DT_TEXTREL, 0xff8, {0});
  expect_writable(DT_TEXTREL, 0xff9, {0, 1});
  expect_writable(DT_TEXTREL, 0x1000, {1});
  expect_writable(DT_TEXTREL, 0x4000, {});
  expect_writable(DT_DEBUG, 0xff8, {});
}

TEST(IntelEnclave, IsComparedWithItsSignature) {
  Example example;
  arch::SigstructContents contents;
  contents.measurement = measure(example.pages());
  contents.date = 0x20240101;
  example.sigstruct = arch::make_sigstruct(contents);
  const auto key = crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value();
  ASSERT_TRUE(arch::sign_sigstruct(example.sigstruct, key));
  const SgxReport good = inspect_sgx(example.file(), {}).value();
  EXPECT_EQ(good.kind, SgxFileKind::kIntelSdk);
  EXPECT_EQ(good.measurement_matches(), true);
  EXPECT_TRUE(good.holds());
  EXPECT_THAT(to_text(good), HasSubstr("recomputed, and as signed"));

  Bytes changed = example.file();
  changed[0x1200] ^= 1;
  const SgxReport bad = inspect_sgx(changed, {}).value();
  EXPECT_EQ(bad.measurement_matches(), false);
  EXPECT_FALSE(bad.holds());
  EXPECT_THAT(to_json(bad), HasSubstr("\"measurement_matches\": false"));
}

TEST(IntelEnclave, RefusesMetadataThatLeadOutsideOrAskForTooMuch) {
  const auto with = [](const std::function<void(Example&)>& change) {
    Example example;
    change(example);
    return refusal(example);
  };
  EXPECT_THAT(with([](Example& e) { e.magic ^= 1; }), HasSubstr("magic"));
  EXPECT_THAT(with([](Example& e) { e.name[0] = 'x'; }), HasSubstr("another name"));
  EXPECT_THAT(with([](Example& e) { e.version = uint64_t{1} << 32 | 2; }), HasSubstr("version 1.2"));
  EXPECT_THAT(with([](Example& e) { e.version = uint64_t{12} << 32; }), HasSubstr("address range"))
      << "none is named";
  EXPECT_THAT(with([](Example& e) { e.heap_address = kEnclaveSize - kPage; }),
              HasSubstr("outside of the enclave"));
  EXPECT_THAT(with([](Example& e) { e.heap_address += 8; }), HasSubstr("outside of the enclave"));
  EXPECT_THAT(with([](Example& e) { e.group_entries = 7; }), HasSubstr("larger than the layout table"));
  EXPECT_THAT(with([](Example& e) { e.group_times = UINT32_MAX; }), HasSubstr("outside of the enclave"));
  EXPECT_THAT(with([](Example& e) {
                e.group_entries = 0;
                e.group_times = UINT32_MAX;
              }),
              HasSubstr("repeats too often"));
  EXPECT_THAT(with([](Example& e) { e.patch_to = UINT64_MAX - 3; }), HasSubstr("patch is outside"));
  EXPECT_THAT(with([](Example& e) { e.second_segment_memory = kEnclaveSize; }),
              HasSubstr("segment ends outside"));
  const auto expensive = measured(Example{}, 10'000);
  ASSERT_FALSE(expensive);
  EXPECT_EQ(expensive.error().code, ErrorCode::kUnsupported);
  const Bytes note = Example{}.note();
  const Bytes file = Example{}.file();
  const ElfFile elf = ElfFile::parse(file).value();
  for (const size_t size : {0, 11, 24, 100, 0x700, 0x770, 0x800})
    EXPECT_FALSE(measure_intel_enclave(elf, ByteView(note).first(static_cast<size_t>(size)), 1 << 30))
        << size;
}

}  // namespace
}  // namespace strongroom::image

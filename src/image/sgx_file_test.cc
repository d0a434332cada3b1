#include "image/sgx_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/test_signing_key.h"
#include "image/test_elf.h"

namespace strongroom::image {
namespace {

using arch::PageType;
using testing::HasSubstr;

constexpr uint64_t kSize = 16 * arch::kPageSize;

// A stream written record by record, and beside it the measurement of the same pages.
struct Example {
  Bytes stream;
  arch::Measurement measurement;
};

void put(Bytes& out, std::string_view tag) {
  Bytes padded(8);
  std::copy(tag.begin(), tag.end(), padded.begin());
  out.insert(out.end(), padded.begin(), padded.end());
}
void put(Bytes& out, ByteWriter& writer) {
  const Bytes bytes = writer.take();
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Example make_example() {
  Example out;
  auto builder = arch::MeasurementBuilder::create(kSize, 2).value();
  put(out.stream, "ECREATE");
  put(out.stream, ByteWriter().little(uint32_t{2}).little(kSize).zeros(44));
  const Bytes page(arch::kPageSize, 0x42);
  const struct {
    uint64_t offset;
    PageType type;
    uint32_t permissions;
    bool measured;
  } pages[] = {{0, PageType::kRegular, arch::kRead | arch::kExecute, true},
               {arch::kPageSize, PageType::kTcs, 0, true},
               {2 * arch::kPageSize, PageType::kRegular, arch::kRead | arch::kWrite, false}};
  for (const auto& one : pages) {
    const arch::Secinfo secinfo = arch::make_secinfo(one.type, one.permissions);
    EXPECT_TRUE(builder.add_page(one.offset, secinfo));
    put(out.stream, "EADD");
    put(out.stream, ByteWriter().little(one.offset).bytes(object_bytes(secinfo).first(48)));
    for (uint64_t at = 0; at < arch::kPageSize; at += 256) {
      if (one.measured) {
        EXPECT_TRUE(builder.extend(one.offset + at, ByteView(page).subspan(at, 256)));
      }
      put(out.stream, one.measured ? "EEXTEND" : "UNMEASRD");
      put(out.stream, ByteWriter().little(one.offset + at).zeros(48).bytes(ByteView(page).subspan(at, 256)));
    }
  }
  out.measurement = builder.finish();
  return out;
}

arch::Sigstruct sign(const arch::Measurement& measurement) {
  arch::SigstructContents contents;
  contents.measurement = measurement;
  contents.date = 0x20240101;
  contents.product_id = 7;
  contents.svn = 8;
  arch::Sigstruct out = arch::make_sigstruct(contents);
  EXPECT_TRUE(arch::sign_sigstruct(out, crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value()));
  return out;
}

TEST(SgxStream, GivesTheMeasurementOfItsPages) {
  const Example example = make_example();
  const SgxContents stream = read_sgx_stream(example.stream).value();
  EXPECT_EQ(stream.measurement, example.measurement);
  EXPECT_EQ(stream.enclave_size, kSize);
  EXPECT_EQ(stream.ssa_frame_pages, 2u);
  EXPECT_EQ(stream.pages, 3u);
  EXPECT_EQ(stream.tcs_pages, 1u);
  EXPECT_EQ(stream.measured_bytes, 2 * arch::kPageSize);
  EXPECT_EQ(stream.unmeasured_bytes, arch::kPageSize);
}

TEST(SgxStream, RefusesWhatIsNotWholeOrUnknown) {
  const Bytes good = make_example().stream;
  for (const size_t cut : {size_t{0}, size_t{7}, size_t{63}, size_t{70}, good.size() - 1})
    EXPECT_FALSE(read_sgx_stream(ByteView(good).first(cut))) << cut;
  const auto spoilt = [&](size_t at) {
    Bytes bytes = good;
    bytes[at] ^= 0x80;
    return read_sgx_stream(bytes);
  };
  EXPECT_FALSE(spoilt(0)) << "no ECREATE";
  EXPECT_FALSE(spoilt(63)) << "reserved bytes of ECREATE";
  EXPECT_FALSE(spoilt(12)) << "a size that is no power of two";
  EXPECT_FALSE(spoilt(64)) << "unknown record";
  EXPECT_FALSE(spoilt(64 + 8 + 7)) << "a page outside the enclave";
  EXPECT_FALSE(spoilt(128 + 63)) << "reserved bytes of EEXTEND";
  Bytes chunk_first(good.begin(), good.begin() + 64);
  chunk_first.insert(chunk_first.end(), good.begin() + 128, good.begin() + 128 + 320);
  EXPECT_FALSE(read_sgx_stream(chunk_first)) << "a chunk without a page";
}

TEST(SgxStream, RefusesWhatNoProcessorWouldExecute) {
  const Bytes good = make_example().stream;
  constexpr size_t kAdd = 64, kSecinfo = kAdd + 16, kPage = 64 + 16 * (64 + 256);
  const auto message_with = [&](size_t at, uint8_t value) {
    Bytes bytes = good;
    bytes[at] = value;
    const auto result = read_sgx_stream(bytes);
    return result ? "" : result.error().message;
  };
  EXPECT_EQ(message_with(kSecinfo, 3), "") << "readable and writable";
  EXPECT_THAT(message_with(kSecinfo, 2), HasSubstr("SECINFO")) << "writable alone";
  EXPECT_THAT(message_with(kSecinfo, 0x45), HasSubstr("SECINFO")) << "an undefined bit";
  EXPECT_THAT(message_with(kSecinfo + 1, 4), HasSubstr("SECINFO")) << "a trimmed page";
  EXPECT_THAT(message_with(kSecinfo + 47, 1), HasSubstr("SECINFO")) << "reserved bytes";
  EXPECT_THAT(message_with(kAdd + kPage + 9, 0), HasSubstr("twice"));
  EXPECT_THAT(message_with(kAdd + 64 + 9, 0x30), HasSubstr("not added"));
}

TEST(SgxStream, WithoutASizeHasNoMeasurement) {
  Bytes stream = make_example().stream;
  std::memcpy(stream.data(), "UNSIZED", 8);
  const auto result = read_sgx_stream(stream);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(result.error().message, HasSubstr("UNSIZED"));
}

TEST(SgxReport, SaysWhetherSignatureAndMeasurementHold) {
  const Example example = make_example();
  arch::Sigstruct sigstruct = sign(example.measurement);
  SgxReport report = inspect_sgx(example.stream, object_bytes(sigstruct)).value();
  EXPECT_TRUE(report.holds());
  EXPECT_EQ(report.measurement_matches(), true);
  EXPECT_THAT(to_text(report), HasSubstr("recomputed, and as signed"));

  const arch::Sigstruct other = sign({});
  report = inspect_sgx(example.stream, object_bytes(other)).value();
  EXPECT_EQ(report.measurement_matches(), false);
  EXPECT_FALSE(report.fault);
  EXPECT_FALSE(report.holds());
  EXPECT_THAT(to_text(report), HasSubstr("NOT as signed"));

  sigstruct.isv_svn ^= 1;
  report = inspect_sgx(example.stream, object_bytes(sigstruct)).value();
  EXPECT_EQ(report.fault, arch::SigstructFault::kSignature);
  EXPECT_FALSE(report.holds());

  report = inspect_sgx(example.stream, {}).value();
  EXPECT_FALSE(report.measurement_matches());
  EXPECT_FALSE(report.holds()) << "unsigned";
  EXPECT_FALSE(inspect_sgx(example.stream, object_bytes(sigstruct).first(100)));
}

TEST(SgxReport, OfASigstructAloneIsItsIdentityAndSignature) {
  arch::SigstructContents contents;
  contents.attributes.flags |= arch::kAttributeKss;
  contents.family_id.fill(0xfa);
  contents.extended_product_id.fill(0xe7);
  contents.date = 0x20240101;
  arch::Sigstruct sigstruct = arch::make_sigstruct(contents);
  ASSERT_TRUE(
      arch::sign_sigstruct(sigstruct, crypto::RsaPrivateKey::from_pem(crypto::kTestSigningKey).value()));
  const SgxReport good = inspect_sgx(object_bytes(sigstruct), {}).value();
  EXPECT_EQ(good.kind, SgxFileKind::kSigstruct);
  EXPECT_TRUE(good.holds());
  EXPECT_THAT(to_text(good), HasSubstr("the file is the signature alone"));
  EXPECT_THAT(to_text(good), HasSubstr("fafafafa"));
  EXPECT_THAT(to_json(good), HasSubstr("e7e7e7e7"));
  sigstruct.isv_prod_id ^= 1;
  EXPECT_FALSE(inspect_sgx(object_bytes(sigstruct), {}).value().holds());
  EXPECT_FALSE(inspect_sgx(object_bytes(sigstruct).first(1807), {}));
  EXPECT_FALSE(inspect_sgx(object_bytes(sigstruct), object_bytes(sigstruct))) << "which of both would count?";
}

// A shared object of one section beside the table of names.
Bytes make_elf(std::string_view section_name, ByteView contents) {
  std::string names("\0.shstrtab\0", 11);
  const auto name_offset = static_cast<uint32_t>(names.size());
  names.append(section_name).push_back('\0');
  Elf64_Phdr load{};
  load.p_type = PT_LOAD;
  load.p_flags = PF_R;
  load.p_filesz = load.p_memsz = sizeof(Elf64_Ehdr);
  load.p_align = 4096;
  const uint64_t names_at = sizeof(Elf64_Ehdr) + sizeof(load);
  const uint64_t contents_at = names_at + names.size();
  const Elf64_Ehdr header = shared_object_header(1, 3, contents_at + contents.size());
  Elf64_Shdr sections[3]{};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_STRTAB;
  sections[1].sh_offset = names_at;
  sections[1].sh_size = names.size();
  sections[2].sh_name = name_offset;
  sections[2].sh_type = SHT_NOTE;
  sections[2].sh_offset = contents_at;
  sections[2].sh_size = contents.size();
  return ByteWriter()
      .bytes(object_bytes(header))
      .bytes(object_bytes(load))
      .bytes(as_bytes(names))
      .bytes(contents)
      .bytes(object_bytes(sections))
      .take();
}

TEST(SgxReport, FindsTheSignatureInSignedSharedObjects) {
  const arch::Sigstruct sigstruct = sign(make_example().measurement);
  const Bytes metadata = ByteWriter().zeros(25).bytes(object_bytes(sigstruct)).zeros(40).take();
  const SgxReport intel = inspect_sgx(make_elf(".note.sgxmeta", metadata), {}).value();
  EXPECT_EQ(intel.kind, SgxFileKind::kIntelSdk);
  EXPECT_FALSE(intel.fault);
  EXPECT_FALSE(intel.holds()) << "these metadata cannot be measured";
  EXPECT_THAT(to_text(intel), HasSubstr("not recomputed: "));
  EXPECT_THAT(to_json(intel), HasSubstr("\"product_id\": 7"));
  const SgxReport open_enclave = inspect_sgx(make_elf(".oeinfo", metadata), {}).value();
  EXPECT_EQ(open_enclave.kind, SgxFileKind::kOpenEnclave);
  EXPECT_TRUE(open_enclave.holds());
  const SgxReport without = inspect_sgx(make_elf(".oeinfo", ByteView(metadata).first(1800)), {}).value();
  EXPECT_FALSE(without.sigstruct) << "cut off";
  EXPECT_FALSE(without.holds());
  EXPECT_FALSE(inspect_sgx(make_elf(".text", metadata), {}));
  EXPECT_FALSE(inspect_sgx(make_elf(".oeinfo", metadata), object_bytes(sigstruct))) << "two signatures";
}

}  // namespace
}  // namespace strongroom::image

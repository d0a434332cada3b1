#include "tee/sgx/quote_library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "arch/quote_token.h"
#include "tee/sgx/testing/fake_quote_library.h"

namespace strongroom::tee::sgx {
namespace {

using testing::HasSubstr;

class QuoteLibraryTest : public testing::Test {
 protected:
  QuoteLibraryTest() {
    void* const library = dlopen(STRONGROOM_FAKE_QUOTE_LIBRARY, RTLD_NOW);
    const auto find =
        reinterpret_cast<FakeQuoteLibrary* (*)()>(dlsym(library, "strongroom_fake_quote_library"));
    fake_ = find();
    *fake_ = {};
  }
  FakeQuoteLibrary* fake_;
  QuoteLibrary library_ = QuoteLibrary::load(STRONGROOM_FAKE_QUOTE_LIBRARY).value();
};

arch::Report some_report() {
  arch::Report report{};
  report.body.mrenclave[0] = 7;
  return report;
}

TEST_F(QuoteLibraryTest, GivesTheQuotingEnclaveAndItsQuotes) {
  EXPECT_EQ(library_.target_info()->mrenclave[31], 0x5a);
  const Bytes quote = library_.quote(some_report()).value();
  EXPECT_EQ(quote.size(), fake_->size);
  EXPECT_EQ(quote[48 + offsetof(arch::ReportBody, mrenclave)], 7);
}

TEST_F(QuoteLibraryTest, FailsWhereAnyOfItsFunctionsDoes) {
  fake_->target_info_error = 0xe016;
  EXPECT_THAT(library_.target_info().error().message, HasSubstr("libsgx-ae-qe3"));
  fake_->size_error = 0xe00f;
  EXPECT_EQ(library_.quote(some_report()).error().code, ErrorCode::kUnavailable);
  fake_->size_error = 0;
  fake_->quote_error = 0xe015;
  EXPECT_EQ(library_.quote(some_report()).error().code, ErrorCode::kVerificationFailed);
}

TEST_F(QuoteLibraryTest, IsNotBelievedAboutTheSizeOfAQuote) {
  for (const uint32_t size : {0u, static_cast<uint32_t>(arch::kMaximumQuote) + 1, 0xffffffffu}) {
    fake_->size = size;
    EXPECT_EQ(library_.quote(some_report()).error().code, ErrorCode::kUnsupported) << size;
  }
  fake_->size = arch::kMaximumQuote;
  EXPECT_TRUE(library_.quote(some_report()));
}

TEST(QuoteLibraryFile, ThatIsMissingSaysWhatToInstall) {
  const auto library = QuoteLibrary::load("/nowhere/libsgx_dcap_ql.so.1");
  EXPECT_EQ(library.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(library.error().message, HasSubstr("install libsgx-dcap-ql"));
}

TEST(QuoteLibraryFile, WithoutItsFunctionsIsRefused) {
  const auto library = QuoteLibrary::load("libc.so.6");
  EXPECT_EQ(library.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(library.error().message, HasSubstr("sgx_qe_get_target_info"));
}

TEST(QuoteLibraryFile, IsIntelsWhereNoEmulatorIsLoaded) {
  EXPECT_EQ(quote_library_file(), "libsgx_dcap_ql.so.1");
}

TEST(QuoteError, OfEveryCodeHasAReasonAndNearlyAllHaveARemedy) {
  for (uint32_t code = 0xe001; code <= 0xe0ff; ++code) {
    const Error error = explain_quote_error(code, "no quote");
    EXPECT_THAT(error.message, HasSubstr("no quote: ")) << code;
    EXPECT_THAT(error.message, HasSubstr(fmt::format("{:#x}", code)));
  }
  EXPECT_THAT(explain_quote_error(0xe00d, "x").message, HasSubstr("aesmd"));
  EXPECT_THAT(explain_quote_error(0xe011, "x").message, HasSubstr("PCCS"));
  EXPECT_THAT(explain_quote_error(0xe019, "x").message, HasSubstr("sgx_default_qcnl.conf"));
  EXPECT_EQ(explain_quote_error(0xe001, "x").code, ErrorCode::kInternal);
  EXPECT_EQ(explain_quote_error(1, "x").code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace strongroom::tee::sgx

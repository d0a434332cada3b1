// `strongroom sign`: signs an image, by a key at hand or by one that lives elsewhere.
#include "image/sign.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/encoding.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/date.h"
#include "image/signature_check.h"

namespace strongroom::cli {
namespace {

constexpr char kFooter[] =
    "A key in an HSM signs in two steps: --digest writes the SHA-256 digest (32 bytes) that it must sign by\n"
    "RSASSA-PKCS1-v1_5, and --signature puts its answer in place. Both steps need the same --date.\n\n"
    "Examples:\n"
    "  strongroom sign train.enclave --key signer.pem\n"
    "  strongroom sign train.enclave --digest train.digest --date 20260131\n"
    "  openssl pkeyutl -sign -inkey signer.pem -pkeyopt digest:sha256 -in train.digest -out train.signature\n"
    "  strongroom sign train.enclave --signature train.signature --public-key signer.pub.pem --date 20260131";

struct Arguments {
  std::string image, key, digest, signature, public_key, date, output;
};

Result<void> report_signed(const std::string& path, const Bytes& file) {
  const auto view = TRY(image::ImageView::parse(file));
  const auto sigstruct = TRY(image::check_signature(view));
  fmt::print("{}: signed\nMRENCLAVE {}\nMRSIGNER  {}\n", path, to_hex(arch::enclave_measurement(sigstruct)),
             to_hex(arch::signer_identity(sigstruct)));
  return {};
}

Result<void> write_digest(const Arguments& arguments, const Bytes& file, uint32_t date) {
  const auto view = TRY(image::ImageView::parse(file));
  const auto digest = TRY(image::signing_digest(view, date));
  TRY(write_file(arguments.digest, digest));
  fmt::print("{}: SHA-256 digest to sign; put the signature in place with --signature and --date {:08x}\n",
             arguments.digest, date);
  return {};
}

Result<void> attach(const Arguments& arguments, Bytes& file, uint32_t date) {
  const Bytes pem = TRY(read_file(arguments.public_key, 65536));
  const auto key = TRY_IN(arguments.public_key, crypto::RsaPublicKey::from_pem(as_text(pem)));
  const Bytes bytes = TRY(read_file(arguments.signature, 65536));
  crypto::RsaNumber signature;
  if (bytes.size() != signature.size())
    return fail(ErrorCode::kMalformed, fmt::format("{} holds {} bytes; an RSA-3072 signature has {}",
                                                   arguments.signature, bytes.size(), signature.size()));
  std::copy(bytes.begin(), bytes.end(), signature.begin());
  return image::attach_image_signature(file, key, signature, date);
}

Result<int> run_sign(const Arguments& arguments) {
  const bool attaching = !arguments.signature.empty();
  if (attaching && (arguments.public_key.empty() || arguments.date.empty()))
    return fail(ErrorCode::kInvalidArgument,
                "--signature needs --public-key, and --date as it was when the digest was made");
  const uint32_t date = arguments.date.empty() ? TRY(signing_date()) : TRY(parse_date(arguments.date));
  Bytes file = TRY(read_file(arguments.image, image::kMaximumImage));
  if (!arguments.digest.empty()) {
    TRY_IN(arguments.image, write_digest(arguments, file, date));
    return 0;
  }
  if (attaching)
    TRY_IN(arguments.image, attach(arguments, file, date));
  else
    TRY_IN(arguments.image, image::sign_image(file, TRY(crypto::RsaPrivateKey::load(arguments.key)), date));
  const std::string& output = arguments.output.empty() ? arguments.image : arguments.output;
  TRY_IN(output, report_signed(output, file));
  TRY(write_file(output, file));
  return 0;
}

}  // namespace

void add_sign(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("sign", "Sign an image");
  command->add_option("IMAGE", arguments->image, "NAME.enclave")->required();
  auto* ways = command->add_option_group("the signature");
  ways->add_option("--key", arguments->key, "sign with this private key (PEM)");
  ways->add_option("--digest", arguments->digest, "write the digest for a key that lives elsewhere");
  ways->add_option("--signature", arguments->signature,
                   "put this signature in place (384 bytes, big-endian)");
  ways->require_option(1);
  command->add_option("--public-key", arguments->public_key, "whose --signature it is (PEM)");
  command->add_option("--date", arguments->date, "the date in the signature, YYYYMMDD (default: today)");
  command->add_option("-o,--output", arguments->output, "write the signed image there (default: in place)");
  command->footer(kFooter);
  command->callback(
      [&invocation, arguments] { invocation.run = [arguments] { return run_sign(*arguments); }; });
}

}  // namespace strongroom::cli

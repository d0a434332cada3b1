#include "image/sign.h"

#include <algorithm>

#include "image/image_measure.h"
#include "image/manifest.h"

namespace strongroom::image {
namespace {

void put_sigstruct(std::span<uint8_t> file, size_t position, const arch::Sigstruct& sigstruct) {
  const ByteView bytes = object_bytes(sigstruct);
  std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(position));
}

}  // namespace

Result<arch::Sigstruct> unsigned_sigstruct(const ImageView& image, uint32_t date) {
  const ManifestIdentity identity = TRY(read_canonical_manifest(image.manifest()));
  arch::SigstructContents contents;
  contents.measurement = TRY(measure(image));
  contents.date = date;
  // SGX is asked for it where the processor can; what runs elsewhere does without.
  contents.misc_mask = ~uint32_t{arch::kMiscExinfo};
  // An SGX processor enters a TCS that asks for AEX-Notify only in an enclave that has it, and TCS pages are
  // measured. So the signer need not fix it, and TEEs that have nothing like it do not claim it.
  if ((image.header().flags & arch::kImageAexNotify) != 0)
    contents.attribute_mask.flags &= ~uint64_t{arch::kAttributeAexNotify};
  contents.product_id = identity.product_id;
  contents.svn = identity.svn;
  contents.debug_permitted = (image.header().flags & arch::kImageDebug) != 0;
  if (identity.family_id || identity.extended_product_id) contents.attributes.flags |= arch::kAttributeKss;
  contents.family_id = identity.family_id.value_or(KssId{});
  contents.extended_product_id = identity.extended_product_id.value_or(KssId{});
  return arch::make_sigstruct(contents);
}

Result<void> sign_image(std::span<uint8_t> file, const crypto::RsaPrivateKey& key, uint32_t date) {
  const ImageView image = TRY(ImageView::parse(file));
  arch::Sigstruct sigstruct = TRY(unsigned_sigstruct(image, date));
  TRY(arch::sign_sigstruct(sigstruct, key));
  put_sigstruct(file, image.sigstruct_position(), sigstruct);
  return {};
}

Result<crypto::Sha256Digest> signing_digest(const ImageView& image, uint32_t date) {
  return arch::sigstruct_digest(TRY(unsigned_sigstruct(image, date)));
}

Result<void> attach_image_signature(std::span<uint8_t> file, const crypto::RsaPublicKey& key,
                                    const crypto::RsaNumber& signature, uint32_t date) {
  const ImageView image = TRY(ImageView::parse(file));
  arch::Sigstruct sigstruct = TRY(unsigned_sigstruct(image, date));
  TRY(arch::attach_signature(sigstruct, key, signature));
  put_sigstruct(file, image.sigstruct_position(), sigstruct);
  return {};
}

}  // namespace strongroom::image

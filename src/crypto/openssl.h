// What every unit of this room shares in using OpenSSL: owners of its objects, and its error queue as our
// Error.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "strongroom/result.h"

namespace strongroom::crypto {

// Owns an OpenSSL object: Owned<EVP_PKEY, EVP_PKEY_free>.
template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, OpensslDeleter<Free>>;

using OwnedBignum = Owned<BIGNUM, BN_clear_free>;
using OwnedBignumContext = Owned<BN_CTX, BN_CTX_free>;
using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedPkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedPkeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedDigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

// "WHAT: reason of OpenSSL's newest error"; empties this thread's error queue.
tl::unexpected<Error> fail_openssl(ErrorCode code, std::string_view what);

// For reading `text`, which must outlive it; empty text is text, too.
OwnedBio reading_bio(std::string_view text);

// Ends the process where OpenSSL fails at what cannot fail but for want of memory or of its default provider.
void require(bool ok);

}  // namespace strongroom::crypto

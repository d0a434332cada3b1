#include "attest/testing/rim_signer.h"

#include <libxml/parser.h>
#include <openssl/pem.h>
#include <xmlsec/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include <cstdlib>

#include "attest/nvidia/rim.h"

namespace strongroom::attest::testing {
namespace {

void check(bool good) {
  if (!good) std::abort();
}

std::string private_pem(const Key& key) {
  BIO* out = BIO_new(BIO_s_mem());
  check(out != nullptr &&
        PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(out);
  return pem;
}

}  // namespace

std::string sign_xml(const std::string& xml, const Key& key) {
  // The code under test sets the library up, once for the process.
  (void)nvidia::parse_rim(as_bytes("<SoftwareIdentity/>"));
  xmlDoc* document = xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, 0);
  check(document != nullptr);
  xmlNode* signature = xmlSecFindNode(xmlDocGetRootElement(document), xmlSecNodeSignature, xmlSecDSigNs);
  xmlSecDSigCtx* context = xmlSecDSigCtxCreate(nullptr);
  check(signature != nullptr && context != nullptr);
  const std::string pem = private_pem(key);
  context->signKey = xmlSecCryptoAppKeyLoadMemory(reinterpret_cast<const xmlSecByte*>(pem.data()),
                                                  static_cast<xmlSecSize>(pem.size()), xmlSecKeyDataFormatPem,
                                                  nullptr, nullptr, nullptr);
  check(context->signKey != nullptr && xmlSecDSigCtxSign(context, signature) >= 0);
  xmlChar* text = nullptr;
  int size = 0;
  xmlDocDumpMemory(document, &text, &size);
  std::string out(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  xmlFree(text);
  xmlSecDSigCtxDestroy(context);
  xmlFreeDoc(document);
  return out;
}

}  // namespace strongroom::attest::testing

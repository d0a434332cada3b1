// The one file that knows libxml2 and libxmlsec1.
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include <memory>
#include <mutex>
#include <optional>

#include "attest/nvidia/rim.h"
#include "base/encoding.h"

namespace strongroom::attest::nvidia {
namespace {

constexpr size_t kMaximumSize = size_t{4} << 20, kMaximumCertificates = 16;
constexpr size_t kMaximumAttributes = 512;
constexpr unsigned kMaximumIndex = 254, kMaximumAlternatives = 64;

tl::unexpected<Error> malformed(std::string why) {
  return fail(ErrorCode::kMalformed, "RIM: " + std::move(why));
}
tl::unexpected<Error> refused(std::string why) {
  return fail(ErrorCode::kVerificationFailed, "RIM: " + std::move(why));
}

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using OwnedDocument = std::unique_ptr<xmlDoc, FreeDocument>;
struct FreeContext {
  void operator()(xmlSecDSigCtx* context) const { xmlSecDSigCtxDestroy(context); }
};
using OwnedContext = std::unique_ptr<xmlSecDSigCtx, FreeContext>;

void be_silent(void*, const char*, ...) {}

// libxmlsec1 keeps tables of its own for the whole process; they hold nothing of any document.
bool library_ready() {
  static std::once_flag once;
  static bool ready = false;
  std::call_once(once, [] {
    xmlInitParser();
    ready = xmlSecInit() >= 0 && xmlSecCheckVersion() == 1 && xmlSecCryptoAppInit(nullptr) >= 0 &&
            xmlSecCryptoInit() >= 0;
    xmlSecErrorsDefaultCallbackEnableOutput(0);
  });
  return ready;
}

std::string_view name_of(const xmlNode* node) {
  return reinterpret_cast<const char*>(node->name);
}
bool is_element(const xmlNode* node, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && name_of(node) == name;
}
bool is_signature(const xmlNode* node) {
  return is_element(node, "Signature") && node->ns != nullptr &&
         xmlStrEqual(node->ns->href, xmlSecDSigNs) != 0;
}

// The attribute of this local name in whatever namespace; empty where absent.
std::string attribute(const xmlNode* node, std::string_view name) {
  for (const xmlAttr* one = node->properties; one != nullptr; one = one->next) {
    if (reinterpret_cast<const char*>(one->name) != name) continue;
    xmlChar* text = xmlNodeListGetString(node->doc, one->children, 1);
    std::string value = text == nullptr ? "" : reinterpret_cast<const char*>(text);
    xmlFree(text);
    return value;
  }
  return {};
}

// libxml2 compares each attribute of an element with all others: 60,000 of them keep it busy for 40 seconds.
// All of one element stand before the next '<', which no attribute's value may hold.
bool has_crowded_element(std::string_view xml) {
  size_t equals = 0;
  for (const char c : xml) {
    if (c == '<') equals = 0;
    if (c == '=' && ++equals > kMaximumAttributes) return true;
  }
  return false;
}

Result<OwnedDocument> parse_xml(ByteView xml) {
  if (xml.size() > kMaximumSize) return malformed("it is larger than 4 MiB");
  // Entities are what makes XML dangerous, and no RIM has any.
  if (as_text(xml).find("<!DOCTYPE") != std::string_view::npos) return malformed("it has a DOCTYPE");
  if (has_crowded_element(as_text(xml))) return malformed("an element has more than 512 attributes");
  if (!library_ready()) return fail(ErrorCode::kInternal, "libxmlsec1 cannot be set up");
  xmlParserCtxt* context = xmlNewParserCtxt();
  if (context == nullptr) return fail(ErrorCode::kResourceExhausted, "no memory for an XML parser");
  context->sax->error = be_silent;
  OwnedDocument document(xmlCtxtReadMemory(context, reinterpret_cast<const char*>(xml.data()),
                                           static_cast<int>(xml.size()), nullptr, nullptr,
                                           XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  const bool well_formed = context->wellFormed == 1;
  xmlFreeParserCtxt(context);
  if (!document || !well_formed) return malformed("it is not well-formed XML");
  if (document->intSubset != nullptr || document->extSubset != nullptr) return malformed("it has a DOCTYPE");
  const xmlNode* root = xmlDocGetRootElement(document.get());
  if (root == nullptr || !is_element(root, "SoftwareIdentity")) return malformed("it is no SoftwareIdentity");
  return document;
}

// Exactly one, directly below the root.
Result<xmlNode*> find_signature(xmlDoc* document) {
  xmlNode* found = nullptr;
  for (xmlNode* node = xmlDocGetRootElement(document)->children; node != nullptr; node = node->next) {
    if (!is_signature(node)) continue;
    if (found != nullptr) return malformed("it has two signatures");
    found = node;
  }
  if (found == nullptr) return malformed("it has no signature");
  return found;
}

// The certificates anywhere below a node.
Result<void> collect_certificates(const xmlNode* node, unsigned depth,
                                  std::vector<crypto::Certificate>& out) {
  if (depth > 8) return malformed("its signature is nested too deeply");
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (!is_element(child, "X509Certificate")) {
      TRY(collect_certificates(child, depth + 1, out));
      continue;
    }
    if (out.size() == kMaximumCertificates) return malformed("more than 16 certificates");
    xmlChar* content = xmlNodeGetContent(child);
    std::string text = content == nullptr ? "" : reinterpret_cast<const char*>(content);
    xmlFree(content);
    std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
    out.push_back(TRY_IN("RIM", crypto::Certificate::from_der(TRY_IN("RIM", from_base64(text)))));
  }
  return {};
}

std::optional<unsigned> number(const std::string& text, unsigned most) {
  if (text.empty() || text.size() > 3 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  const auto value = static_cast<unsigned>(std::stoul(text));
  return value <= most ? std::optional(value) : std::nullopt;
}

// <Resource type="Measurement" index="7" active="True" alternatives="2" Hash0=... Hash1=...>
Result<void> read_resource(const xmlNode* node, Rim& rim) {
  if (attribute(node, "type") != "Measurement" || attribute(node, "active") != "True") return {};
  const auto index = number(attribute(node, "index"), kMaximumIndex);
  const auto count = number(attribute(node, "alternatives"), kMaximumAlternatives);
  if (!index || !count || *count == 0) return malformed("a measurement has no index or no values");
  std::vector<Bytes> values;
  for (unsigned i = 0; i < *count; ++i) {
    values.push_back(TRY_IN("RIM", from_hex(attribute(node, "Hash" + std::to_string(i)))));
    if (values.back().size() != 48) return malformed("a measurement has not 48 bytes");
  }
  // SPDM counts from 1.
  if (!rim.measurements.emplace(*index + 1, std::move(values)).second)
    return malformed("a measurement stands twice");
  return {};
}

}  // namespace

Result<Rim> parse_rim(ByteView xml) {
  const OwnedDocument document = TRY(parse_xml(xml));
  Rim rim;
  TRY(collect_certificates(TRY(find_signature(document.get())), 0, rim.certificates));
  for (const xmlNode* node = xmlDocGetRootElement(document.get())->children; node != nullptr;
       node = node->next) {
    if (is_element(node, "Meta")) {
      rim.version = attribute(node, "colloquialVersion");
      rim.product = attribute(node, "product");
      rim.edition = attribute(node, "edition");
    }
    if (!is_element(node, "Payload")) continue;
    for (const xmlNode* resource = node->children; resource != nullptr; resource = resource->next)
      if (is_element(resource, "Resource")) TRY(read_resource(resource, rim));
  }
  if (rim.version.empty()) return malformed("it names no version");
  if (rim.measurements.empty()) return malformed("it holds no measurement");
  return rim;
}

Result<void> verify_rim_signature(ByteView xml, const crypto::Certificate& signer) {
  const OwnedDocument document = TRY(parse_xml(xml));
  xmlNode* signature = TRY(find_signature(document.get()));
  const OwnedContext context(xmlSecDSigCtxCreate(nullptr));
  if (!context) return fail(ErrorCode::kResourceExhausted, "no memory for a signature");
  context->enabledReferenceUris = xmlSecTransformUriTypeEmpty;
  const bool limited =
      xmlSecDSigCtxEnableReferenceTransform(context.get(), xmlSecTransformEnvelopedId) >= 0 &&
      xmlSecDSigCtxEnableReferenceTransform(context.get(), xmlSecTransformInclC14N11Id) >= 0 &&
      xmlSecDSigCtxEnableReferenceTransform(context.get(), xmlSecTransformSha384Id) >= 0 &&
      xmlSecDSigCtxEnableSignatureTransform(context.get(), xmlSecTransformInclC14N11Id) >= 0 &&
      xmlSecDSigCtxEnableSignatureTransform(context.get(), xmlSecTransformEcdsaSha384Id) >= 0;
  const ByteView der = signer.der();
  // The key is chosen here; what KeyInfo says counts for nothing.
  context->signKey = xmlSecCryptoAppKeyLoadMemory(der.data(), static_cast<xmlSecSize>(der.size()),
                                                  xmlSecKeyDataFormatCertDer, nullptr, nullptr, nullptr);
  if (!limited || context->signKey == nullptr) return refused("the key cannot verify such a signature");
  if (xmlSecDSigCtxVerify(context.get(), signature) < 0 || context->status != xmlSecDSigStatusSucceeded)
    return refused("the signature does not verify");
  if (xmlSecPtrListGetSize(&context->signedInfoReferences) != 1)
    return refused("the signature is not over the whole document alone");
  const auto* reference =
      static_cast<const xmlSecDSigReferenceCtx*>(xmlSecPtrListGetItem(&context->signedInfoReferences, 0));
  if (reference == nullptr || reference->uri == nullptr || reference->uri[0] != 0)
    return refused("the signature is not over the whole document");
  return {};
}

}  // namespace strongroom::attest::nvidia

// Quotes: the tables of src/attest/intel/quote.h and report_body.h.
#include "attest/intel/quote.h"
#include "attest/structure/layout.h"
#include "crypto/certificate.h"
#include "crypto/pem.h"

namespace strongroom::attest::structure {

std::vector<Field> enclave_report(ByteView evidence, size_t offset) {
  Layout layout(evidence, offset);
  layout.bytes("CPUSVN", 16);
  layout.number("MISCSELECT", 4);
  layout.bytes("reserved", 12);
  layout.bytes("ISVEXTPRODID", 16);
  layout.bytes("ATTRIBUTES", 16);
  layout.bytes("MRENCLAVE", 32);
  layout.bytes("reserved", 32);
  layout.bytes("MRSIGNER", 32);
  layout.bytes("reserved", 32);
  layout.bytes("CONFIGID", 64);
  layout.number("ISVPRODID", 2);
  layout.number("ISVSVN", 2);
  layout.number("CONFIGSVN", 2);
  layout.bytes("reserved", 42);
  layout.bytes("ISVFAMILYID", 16);
  layout.bytes("REPORTDATA", 64);
  return layout.take();
}

namespace {

std::vector<Field> td_report(ByteView evidence, size_t offset, bool version_15) {
  Layout layout(evidence, offset);
  layout.bytes("TEE_TCB_SVN", 16);
  layout.bytes("MRSEAM", 48);
  layout.bytes("MRSIGNERSEAM", 48);
  layout.bytes("SEAMATTRIBUTES", 8);
  layout.bytes("TDATTRIBUTES", 8);
  layout.bytes("XFAM", 8);
  for (const char* name :
       {"MRTD", "MRCONFIGID", "MROWNER", "MROWNERCONFIG", "RTMR0", "RTMR1", "RTMR2", "RTMR3"})
    layout.bytes(name, 48);
  layout.bytes("REPORTDATA", 64);
  if (version_15) {
    layout.bytes("TEE_TCB_SVN_2", 16);
    layout.bytes("MRSERVICETD", 48);
  }
  return layout.take();
}

// A PEM chain: each block with the subject of its certificate.
std::vector<Field> pem_chain(ByteView evidence, size_t offset, size_t size) {
  constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ";
  std::vector<Field> fields;
  const std::string_view text = as_text(evidence.subspan(offset, size));
  for (size_t at = text.find(kBegin); at != std::string_view::npos && fields.size() < 16;) {
    const size_t end = text.find(kEnd, at);
    const size_t next = end == std::string_view::npos ? end : text.find(kBegin, end);
    const size_t stop = std::min(next, text.size());
    Field field{"certificate", offset + at, stop - at, "", {}};
    if (auto blocks = crypto::read_pem(as_bytes(text.substr(at, stop - at)), false);
        blocks && !blocks->empty())
      if (auto certificate = crypto::Certificate::from_der(blocks->front().content))
        field.text = certificate->subject();
    fields.push_back(std::move(field));
    at = next;
  }
  return fields;
}

void qe_part(ByteView evidence, Layout& layout) {
  layout.group("quoting enclave's report", enclave_report(evidence, layout.offset()));
  layout.bytes("signature of the QE report, by the PCK", 64);
  const uint64_t authentication = layout.number("QE authentication data size", 2);
  if (authentication != 0) layout.bytes("QE authentication data", authentication);
  layout.number("certification data type", 2);
  const uint64_t size = layout.number("certification data size", 4);
  if (size == 0) return;
  Field& data = layout.bytes("certification data", size);
  data.children = pem_chain(evidence, data.offset, data.size);
  if (!data.children.empty()) data.text.clear();
}

}  // namespace

std::vector<Field> intel_quote(ByteView evidence) {
  Layout header(evidence, 0);
  const uint64_t version = header.number("version", 2);
  header.number("attestation key type", 2);
  const bool tdx = header.number("TEE type", 4) == intel::kTeeTdx;
  header.number("QE SVN", 2);
  header.number("PCE SVN", 2);
  header.bytes("QE vendor id", 16);
  header.bytes("user data", 20);

  Layout quote(evidence, 0);
  quote.group("header", header.take());
  uint64_t type = tdx ? 2 : 1;
  if (version == 5) {
    type = quote.number("body type", 2);
    quote.number("body size", 4);
  }
  quote.group(
      type == 1 ? "enclave report" : "TD report",
      type == 1 ? enclave_report(evidence, quote.offset()) : td_report(evidence, quote.offset(), type == 3));
  quote.number("signature data size", 4);

  Layout signature(evidence, quote.offset());
  signature.bytes("signature, by the attestation key", 64);
  signature.bytes("attestation key", 64);
  if (version > 3) {
    signature.number("certification data type", 2);
    signature.number("certification data size", 4);
  }
  qe_part(evidence, signature);
  quote.group("signature data", signature.take());
  if (!quote.ended()) quote.bytes("padding", evidence.size());
  return quote.take();
}

}  // namespace strongroom::attest::structure

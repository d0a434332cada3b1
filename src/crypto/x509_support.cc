#include "crypto/x509_support.h"

#include <openssl/bio.h>
#include <openssl/objects.h>

#include <ctime>
#include <memory>

namespace strongroom::crypto {

Result<std::chrono::sys_seconds> to_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_check(time) != 1 || ASN1_TIME_to_tm(time, &parts) != 1)
    return fail(ErrorCode::kMalformed, "not a time of RFC 5280");
  const std::chrono::year_month_day date{std::chrono::year(parts.tm_year + 1900),
                                         std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                         std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  if (!date.ok()) return fail(ErrorCode::kMalformed, "not a date");
  return std::chrono::sys_days(date) + std::chrono::hours(parts.tm_hour) +
         std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

std::string dotted(const ASN1_OBJECT* object) {
  char text[128] = {};
  const int length = OBJ_obj2txt(text, sizeof text, object, 1);
  return length > 0 ? std::string(text) : std::string();
}

Bytes integer_bytes(const ASN1_INTEGER* integer) {
  const uint8_t* data = ASN1_STRING_get0_data(integer);
  const auto length = static_cast<size_t>(ASN1_STRING_length(integer));
  size_t start = 0;
  while (start < length && data[start] == 0) ++start;
  return Bytes(data + start, data + length);
}

}  // namespace strongroom::crypto

#include "base/answer.h"

#include <string>

namespace strongroom {

Bytes encode_answer(const Result<Bytes>& result) {
  if (result) return ByteWriter().little(uint32_t{0}).bytes(*result).take();
  return ByteWriter()
      .little(1 + static_cast<uint32_t>(result.error().code))
      .bytes(as_bytes(result.error().message))
      .take();
}

Result<Bytes> decode_answer(ByteView answer, std::string_view who) {
  ByteReader reader(answer);
  const std::string name(who);
  const auto status = TRY(reader.little<uint32_t>("the answer of " + name));
  // The codes that a process of ours fails with by itself.
  constexpr auto kLast = static_cast<uint32_t>(ErrorCode::kInternal);
  if (status > 1 + kLast) return fail(ErrorCode::kInternal, name + " failed");
  if (status != 0) return fail(static_cast<ErrorCode>(status - 1), std::string(as_text(reader.rest())));
  return to_bytes(reader.rest());
}

}  // namespace strongroom

#include "image/unwind_tables.h"

#include <fmt/format.h>

#include <map>

namespace strongroom::image {
namespace {

// DW_EH_PE_*: the low 4 bits give the form of a pointer, the next 3 what it is relative to.
constexpr uint8_t kOmit = 0xff;
constexpr uint8_t kFormMask = 0x0f;
constexpr uint8_t kIndirect = 0x80;
constexpr uint8_t kProgramCounterRelative = 0x10;
constexpr uint8_t kAbsolute = 0x00;
constexpr uint8_t kTableEncoding = 0x3b;               // relative to .eh_frame_hdr, 4 bytes signed
constexpr uint8_t kCountEncoding = 0x03;               // 4 bytes unsigned
constexpr size_t kMaximumCallSites = size_t{1} << 24;  // of a whole program; a bound on the time taken

tl::unexpected<Error> unsupported(std::string message) {
  return fail(ErrorCode::kUnsupported, "unwind tables: " + std::move(message));
}

// Reads on from an address; knows the address of what it reads.
class Cursor {
 public:
  static Result<Cursor> at(const ElfFile& program, uint64_t address) {
    return Cursor(address, TRY(program.bytes_from(address, "unwind tables")));
  }

  [[nodiscard]] uint64_t address() const { return address_ + reader_.position(); }
  template <typename T>
  Result<T> little() {
    return reader_.little<T>("unwind tables");
  }
  Result<void> skip(uint64_t count) { return reader_.skip(count, "unwind tables"); }

  Result<uint64_t> uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = TRY(little<uint8_t>());
      value |= uint64_t{byte & 0x7fu} << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return unsupported("a LEB128 number is too long");
  }
  Result<std::string> text() {
    std::string text;
    for (char c = 0; (c = static_cast<char>(TRY(little<uint8_t>()))) != 0;) text += c;
    return text;
  }

  // A value in one of the forms; relative to its own place where the encoding says so.
  Result<uint64_t> encoded(uint8_t encoding) {
    const uint64_t place = address();
    const uint64_t value = TRY(form(encoding & kFormMask));
    if ((encoding & kIndirect) != 0) return value;  // the caller asks only whether there is one
    switch (encoding & 0x70) {
      case kAbsolute:
        return value;
      case kProgramCounterRelative:
        return value == 0 ? 0 : place + value;
      default:
        return unsupported(fmt::format("pointer encoding {:#x}", encoding));
    }
  }

 private:
  Cursor(uint64_t address, ByteView bytes) : address_(address), reader_(bytes) {}

  Result<uint64_t> form(uint8_t form) {
    switch (form) {
      case 0x00:
      case 0x04:
      case 0x0c:
        return little<uint64_t>();
      case 0x01:
        return uleb();
      case 0x02:
        return TRY(little<uint16_t>());
      case 0x03:
        return TRY(little<uint32_t>());
      case 0x0a:
        return static_cast<uint64_t>(static_cast<int16_t>(TRY(little<uint16_t>())));
      case 0x0b:
        return static_cast<uint64_t>(static_cast<int32_t>(TRY(little<uint32_t>())));
      default:
        return unsupported(fmt::format("pointer form {:#x}", form));
    }
  }

  uint64_t address_;
  ByteReader reader_;
};

struct Cie {
  bool is_signal_frame = false;
  bool has_augmentation = false;
  uint8_t pointer_encoding = 0;
  uint8_t lsda_encoding = kOmit;
};

Result<Cie> read_cie(const ElfFile& program, uint64_t address) {
  Cursor cursor = TRY(Cursor::at(program, address));
  TRY(cursor.skip(2 * sizeof(uint32_t)));  // length and id
  const uint8_t version = TRY(cursor.little<uint8_t>());
  if (version != 1 && version != 3) return unsupported(fmt::format("CIE version {}", version));
  const std::string augmentation = TRY(cursor.text());
  TRY(cursor.uleb());  // code alignment
  TRY(cursor.uleb());  // data alignment; signed, but of the same length
  if (version == 1)
    TRY(cursor.skip(1));  // return address register
  else
    TRY(cursor.uleb());
  Cie cie;
  if (augmentation.empty()) return cie;
  if (augmentation[0] != 'z') return unsupported(fmt::format("augmentation `{}`", augmentation));
  cie.has_augmentation = true;
  TRY(cursor.uleb());  // length of the augmentation's data
  for (const char c : augmentation.substr(1)) {
    if (c == 'R') {
      cie.pointer_encoding = TRY(cursor.little<uint8_t>());
    } else if (c == 'L') {
      cie.lsda_encoding = TRY(cursor.little<uint8_t>());
    } else if (c == 'P') {
      TRY(cursor.encoded(TRY(cursor.little<uint8_t>())));
    } else if (c == 'S') {
      cie.is_signal_frame = true;
    } else if (c != 'B') {
      return unsupported(fmt::format("augmentation `{}`", augmentation));
    }
  }
  return cie;
}

// The landing pads of one function.
Result<void> read_lsda(const ElfFile& program, uint64_t address, uint64_t function, size_t& call_sites,
                       std::vector<uint64_t>& out) {
  Cursor cursor = TRY(Cursor::at(program, address));
  const uint8_t start_encoding = TRY(cursor.little<uint8_t>());
  const uint64_t start = start_encoding == kOmit ? function : TRY(cursor.encoded(start_encoding));
  if (TRY(cursor.little<uint8_t>()) != kOmit) TRY(cursor.uleb());  // where the type table is
  const uint8_t encoding = TRY(cursor.little<uint8_t>());
  const uint64_t length = TRY(cursor.uleb());
  const uint64_t begin = cursor.address();
  while (cursor.address() - begin < length) {
    if (++call_sites > kMaximumCallSites) return unsupported("too many call sites");
    TRY(cursor.encoded(encoding));  // start of the call site
    TRY(cursor.encoded(encoding));  // its length
    const uint64_t pad = TRY(cursor.encoded(encoding));
    TRY(cursor.uleb());  // action
    if (pad != 0) out.push_back(start + pad);
  }
  return {};
}

class TableReader {
 public:
  explicit TableReader(const ElfFile& program) : program_(program) {}

  Result<void> read_fde(uint64_t address) {
    Cursor cursor = TRY(Cursor::at(program_, address));
    const uint32_t length = TRY(cursor.little<uint32_t>());
    if (length == UINT32_MAX) return unsupported("64-bit lengths");
    const uint64_t place = cursor.address();
    const uint32_t back = TRY(cursor.little<uint32_t>());
    const Cie cie = TRY(cie_at(place - back));
    const uint64_t begin = TRY(cursor.encoded(cie.pointer_encoding));
    const uint64_t size = TRY(cursor.encoded(cie.pointer_encoding & kFormMask));
    // The entry of a signal frame begins one byte before its first instruction, so it bounds no function.
    if (!cie.is_signal_frame) tables_.functions.push_back(AddressRange{begin, begin + size});
    if (!cie.has_augmentation) return {};
    TRY(cursor.uleb());  // length of the augmentation's data
    if (cie.lsda_encoding == kOmit) return {};
    const uint64_t lsda = TRY(cursor.encoded(cie.lsda_encoding));
    if (lsda != 0) TRY(read_lsda(program_, lsda, begin, call_sites_, tables_.landing_pads));
    return {};
  }

  UnwindTables take() { return std::move(tables_); }

 private:
  Result<Cie> cie_at(uint64_t address) {
    const auto known = cies_.find(address);
    if (known != cies_.end()) return known->second;
    const Cie cie = TRY(read_cie(program_, address));
    cies_.emplace(address, cie);
    return cie;
  }

  const ElfFile& program_;
  std::map<uint64_t, Cie> cies_;
  size_t call_sites_ = 0;
  UnwindTables tables_;
};

}  // namespace

Result<UnwindTables> read_unwind_tables(const ElfFile& program) {
  const ElfSegment* header = program.find(PT_GNU_EH_FRAME);
  if (header == nullptr) return unsupported("there are none (no PT_GNU_EH_FRAME)");
  Cursor cursor = TRY(Cursor::at(program, header->address));
  const uint8_t version = TRY(cursor.little<uint8_t>());
  const uint8_t frame_encoding = TRY(cursor.little<uint8_t>());
  const uint8_t count_encoding = TRY(cursor.little<uint8_t>());
  const uint8_t table_encoding = TRY(cursor.little<uint8_t>());
  if (version != 1 || count_encoding != kCountEncoding || table_encoding != kTableEncoding)
    return unsupported("the search table is in an unknown form");
  TRY(cursor.encoded(frame_encoding));
  const uint32_t count = TRY(cursor.little<uint32_t>());
  TableReader reader(program);
  for (uint32_t i = 0; i < count; ++i) {
    TRY(cursor.skip(sizeof(uint32_t)));  // the function's start, which the entry has, too
    const auto offset = static_cast<int32_t>(TRY(cursor.little<uint32_t>()));
    TRY(reader.read_fde(header->address + static_cast<uint64_t>(int64_t{offset})));
  }
  return reader.take();
}

}  // namespace strongroom::image

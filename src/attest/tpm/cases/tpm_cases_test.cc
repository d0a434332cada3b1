// TPM quotes of a test PKI with their event logs, each broken in one way, with the check that must refuse it.
#include <gtest/gtest.h>

#include <algorithm>

#include "attest/testing/cases.h"
#include "attest/testing/tpm_world.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace strongroom::attest::testing {
namespace {

using std::chrono::seconds;

class TpmTable : public Cases<TpmSpec> {
 public:
  using Cases::Cases;
  // After signing.
  void message(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &TpmSpec::change_message, std::move(change), std::move(wanted));
  }
  // Signed as it is.
  void signed_message(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &TpmSpec::change_message_before_signing, std::move(change), std::move(wanted));
  }
  void log(std::string name, std::function<void(Bytes&)> change, Expectation wanted) {
    set(std::move(name), &TpmSpec::change_log, std::move(change), std::move(wanted));
  }
  // The log is not the story of what was measured.
  void story(std::string name, std::function<void(std::vector<LoggedEvent>&)> change, Expectation wanted) {
    add(
        std::move(name),
        [change](TpmSpec& s) {
          s.change_log = [change, events = s.events, banks = s.banks](Bytes& log) {
            std::vector<LoggedEvent> changed = events;
            change(changed);
            log = event_log_of(changed, banks);
          };
        },
        std::move(wanted));
  }
  // Measured so.
  void measured(std::string name, std::function<void(std::vector<LoggedEvent>&)> change, Expectation wanted) {
    add(
        std::move(name), [change](TpmSpec& s) { change(s.events); }, std::move(wanted));
  }
};

// Offsets in the message of tpm_world: magic 4, type 2, signer 2 + 34, extraData 2 + 20, clock 8...
constexpr size_t kSigner = 6, kExtraData = kSigner + 36, kClock = kExtraData + 22, kReset = kClock + 8,
                 kRestart = kReset + 4, kSafe = kRestart + 4, kFirmware = kSafe + 1, kCount = kFirmware + 8,
                 kBank = kCount + 4, kSelectSize = kBank + 2, kSelect = kSelectSize + 1,
                 kDigest = kSelect + 3;

void add_message_cases(TpmTable& cases) {
  struct Field {
    const char* name;
    size_t offset;
    Expectation wanted;
  };
  const Field fields[] = {{"signer", kSigner + 5, {kRefused, "quote.signature"}},
                          {"nonce", kExtraData + 2, {kRefused, "quote.signature"}},
                          {"clock", kClock + 7, {kRefused, "quote.signature"}},
                          {"reset_count", kReset + 3, {kRefused, "quote.signature"}},
                          {"restart_count", kRestart + 3, {kRefused, "quote.signature"}},
                          {"firmware", kFirmware, {kRefused, "quote.signature"}},
                          {"selection", kSelect, {kRefused, "quote.signature"}},
                          {"digest", kDigest + 2, {kRefused, "quote.signature"}}};
  for (const Field& field : fields)
    cases.message(
        std::string("bit_of_") + field.name, [at = field.offset](Bytes& m) { m[at] ^= 1; }, field.wanted);
  const std::pair<const char*, size_t> counts[] = {{"signer_size", kSigner},
                                                   {"nonce_size", kExtraData},
                                                   {"selection_count", kCount},
                                                   {"select_size", kSelectSize},
                                                   {"digest_size", kDigest}};
  for (const auto& [name, at] : counts)
    cases.signed_message(std::string("huge_") + name, [at = at](Bytes& m) { m[at] = 0xff; },
                         {kMalformed, "form"});
  cases.signed_message("not_made_by_a_tpm", [](Bytes& m) { m[3] = 'H'; }, {kMalformed});
  cases.signed_message("another_attestation_than_a_quote", [](Bytes& m) { m[5] = 0x17; },
                       {kMalformed, "form"});
  cases.signed_message("safe_is_neither", [](Bytes& m) { m[kSafe] = 2; }, {kMalformed, "form"});
  cases.signed_message("bytes_after_it", [](Bytes& m) { m.push_back(0); }, {kMalformed, "form"});
  cases.signed_message("cut_off", [](Bytes& m) { m.pop_back(); }, {kMalformed, "form"});
  cases.signed_message("unknown_bank", [](Bytes& m) { m[kBank + 1] = 0x12; }, {kRefused, "quote.pcrs"});
  cases.signed_message("nothing_selected", [](Bytes& m) { m[kSelect] = 0; }, {kRefused, "quote.pcrs"});
  cases.signed_message("selects_a_pcr_that_is_zero", [](Bytes& m) { m[kSelect + 1] = 1; },
                       {kRefused, "quote.pcrs"});
}

void add_signature_cases(TpmTable& cases) {
  for (const Key::Kind kind : {Key::Kind::kP256, Key::Kind::kP384, Key::Kind::kRsa2048}) {
    const std::string of = "_of_kind_" + std::to_string(static_cast<int>(kind));
    cases.add("good" + of, [kind](TpmSpec& s) { s.key_kind = kind; }, {kAccepted});
    cases.add("signed_by_another_key" + of,
              [kind](TpmSpec& s) {
                s.key_kind = kind;
                s.sign_with_other_key = true;
              },
              {kRefused, "quote.signature"});
    cases.add("last_bit_of_the_signature" + of,
              [kind](TpmSpec& s) {
                s.key_kind = kind;
                s.change_signature = [](Bytes& b) { b.back() ^= 1; };
              },
              {kRefused, "quote.signature"});
    cases.add("scheme_of_another_kind" + of,
              [kind](TpmSpec& s) {
                s.key_kind = kind;
                s.change_signature = [kind](Bytes& b) { b[1] = kind == Key::Kind::kRsa2048 ? 0x16 : 0x1a; };
              },
              {kind == Key::Kind::kRsa2048 ? kRefused : kMalformed});
    cases.add("hash_of_another_size" + of,
              [kind](TpmSpec& s) {
                s.key_kind = kind;
                s.change_signature = [](Bytes& b) { b[3] = 0x0d; };
              },
              {kRefused, "quote.signature"});
    cases.add("bytes_after_the_signature" + of,
              [kind](TpmSpec& s) {
                s.key_kind = kind;
                s.change_signature = [](Bytes& b) { b.push_back(0); };
              },
              {kMalformed, "form"});
    cases.add("signature_longer_than_it_is" + of,
              [kind](TpmSpec& s) {
                s.key_kind = kind;
                s.change_signature = [](Bytes& b) { b[4] = 0xff; };
              },
              {kMalformed, "form"});
  }
  cases.add("ecdsa_half_with_a_zero_before_it",
            [](TpmSpec& s) {
              s.key_kind = Key::Kind::kP256;
              s.change_signature = [](Bytes& b) {
                b[5] = 33;
                b.insert(b.begin() + 6, 0);
              };
            },
            {kRefused, "quote.signature"});
}

void add_key_cases(TpmTable& cases) {
  const std::pair<const char*, uint32_t> bits[] = {{"fixed_tpm", 1U << 1},
                                                   {"fixed_parent", 1U << 4},
                                                   {"origin", 1U << 5},
                                                   {"restricted", 1U << 16},
                                                   {"sign", 1U << 18}};
  for (const auto& [name, bit] : bits)
    cases.add(std::string("key_without_") + name, [bit = bit](TpmSpec& s) { s.attributes &= ~bit; },
              {kRefused, "ak.attributes"});
  cases.add("key_that_decrypts_too", [](TpmSpec& s) { s.attributes |= 1U << 17; },
            {kRefused, "ak.attributes"});
  cases.add("key_of_no_type", [](TpmSpec& s) { s.change_public = [](Bytes& b) { b[1] = 8; }; },
            {kMalformed, "form"});
  cases.add("key_with_bytes_after_it", [](TpmSpec& s) { s.change_public = [](Bytes& b) { b.push_back(0); }; },
            {kMalformed, "form"});
  cases.add("key_cut_off", [](TpmSpec& s) { s.change_public = [](Bytes& b) { b.pop_back(); }; },
            {kMalformed, "form"});
  cases.add("key_in_the_evidence_alone", [](TpmSpec& s) { s.send_certificate = false; },
            {kUndetermined, "ak.trust", Outcome::kMissing});
  cases.add("key_given_by_the_caller",
            [](TpmSpec& s) {
              s.send_certificate = false;
              s.give_key = true;
            },
            {kAccepted, "ak.trust", Outcome::kPassed});
  cases.add("another_key_given_by_the_caller",
            [](TpmSpec& s) {
              s.send_certificate = false;
              s.give_other_key = true;
            },
            {kUndetermined, "ak.trust", Outcome::kMissing});
  cases.add("no_key_in_the_evidence", [](TpmSpec& s) { s.send_public = false; }, {kAccepted});
  cases.add("neither_key_nor_certificate",
            [](TpmSpec& s) {
              s.send_public = false;
              s.send_certificate = false;
            },
            {kUndetermined, "quote.signature", Outcome::kMissing});
  cases.add("certificate_of_another_key", [](TpmSpec& s) { s.certificate_of_other_key = true; },
            {kUndetermined, "ak.trust", Outcome::kMissing});
  cases.add("certificate_by_another_authority", [](TpmSpec& s) { s.certificate_by_other = true; },
            {kRefused, "ak.trust"});
  cases.add("root_not_trusted", [](TpmSpec& s) { s.trust_root = false; }, {kRefused, "ak.trust"});
  cases.add("certificate_expired", [](TpmSpec& s) { s.key.until = s.now - seconds(1); },
            {kRefused, "ak.certificate.validity"});
  cases.add("certificate_not_yet_valid", [](TpmSpec& s) { s.key.from = s.now + seconds(1); },
            {kRefused, "ak.certificate.validity"});
  cases.add("authority_expired", [](TpmSpec& s) { s.authority.until = s.now - seconds(1); },
            {kRefused, "ak.certificate.validity"});
  cases.add("certificate_revoked", [](TpmSpec& s) { s.authority_revokes = {3}; },
            {kRefused, "ak.certificate.revocation"});
  cases.add("certificate_of_an_encryption_key",
            [](TpmSpec& s) { s.key.key_usage = "critical,keyEncipherment"; }, {kRefused, "ak.trust"});
  cases.add("endorsement_certificate_without_usage",
            [](TpmSpec& s) {
              s.key.key_usage.clear();
              s.key.extensions.push_back({"2.5.29.37", der(0x30, der_oid("2.23.133.8.1"))});
            },
            {kRefused, "ak.trust"});
  cases.add("certificate_is_an_authority", [](TpmSpec& s) { s.key.authority = true; },
            {kRefused, "ak.trust"});
}

void add_pcr_cases(TpmTable& cases) {
  cases.add("pcr_sent_differs",
            [](TpmSpec& s) { s.change_pcrs_sent = [](auto& b) { b[tpm::kAlgSha256][0][0] ^= 1; }; },
            {kRefused, "quote.pcrs"});
  cases.add("pcr_that_is_selected_is_not_sent",
            [](TpmSpec& s) { s.change_pcrs_sent = [](auto& b) { b[tpm::kAlgSha256].erase(7); }; },
            {kRefused, "quote.pcrs"});
  cases.add("pcr_that_is_not_selected_proves_nothing_and_harms_nothing",
            [](TpmSpec& s) { s.change_pcrs_sent = [](auto& b) { b[tpm::kAlgSha256][16][0] ^= 1; }; },
            {kAccepted});
  cases.add("pcrs_come_from_the_log", [](TpmSpec& s) { s.send_pcrs = false; }, {kAccepted});
  cases.add("neither_pcrs_nor_log",
            [](TpmSpec& s) {
              s.send_pcrs = false;
              s.send_log = false;
            },
            {kUndetermined, "quote.pcrs", Outcome::kMissing});
  cases.add("log_was_not_sent", [](TpmSpec& s) { s.send_log = false; },
            {kAccepted, "eventlog.replay", Outcome::kNotApplicable});
  cases.add("two_banks", [](TpmSpec& s) { s.banks = {tpm::kAlgSha1, tpm::kAlgSha256}; }, {kAccepted});
  cases.add("four_banks",
            [](TpmSpec& s) {
              s.banks = {tpm::kAlgSha1, tpm::kAlgSha256, tpm::kAlgSha384, tpm::kAlgSha512};
            },
            {kAccepted});
  cases.add("other_pcr_quoted_than_measured",
            [](TpmSpec& s) {
              s.change_pcrs_quoted = s.change_pcrs_sent = [](auto& b) { b[tpm::kAlgSha256][4][0] ^= 1; };
            },
            {kRefused, "eventlog.replay"});
  cases.add("pcr_measured_but_not_logged",
            [](TpmSpec& s) {
              s.selected = {0, 1, 2, 3, 4, 5, 6, 7, 23};
              s.change_pcrs_quoted = s.change_pcrs_sent = [](auto& b) { b[tpm::kAlgSha256][23][0] ^= 1; };
            },
            {kAccepted});
  cases.add("nonce_equal", [](TpmSpec& s) { s.nonce = Bytes(20, 0x77); },
            {kAccepted, "nonce", Outcome::kPassed});
  cases.add("nonce_prefix_is_not_enough", [](TpmSpec& s) { s.nonce = Bytes(19, 0x77); }, {kRefused, "nonce"});
  cases.add("nonce_of_another", [](TpmSpec& s) { s.nonce = Bytes(20, 0x78); }, {kRefused, "nonce"});
  cases.add("nonce_absent",
            [](TpmSpec& s) {
              s.extra_data.clear();
              s.nonce = Bytes(20, 0x77);
            },
            {kRefused, "nonce"});
}

// PCR 0 begins with the locality at which the TPM was started (TCG PC Client Platform Firmware Profile,
// section 10.4.5.3), which an event tells that is not measured.
void add_locality_cases(TpmTable& cases) {
  const auto told = [](uint8_t locality) {
    const Bytes name = to_bytes(as_bytes("StartupLocality"));
    return LoggedEvent{0, tpm::kEventNoAction, concat({name, Bytes{0, locality}}), std::nullopt};
  };
  cases.add("started_at_locality_3",
            [=](TpmSpec& s) {
              s.events.insert(s.events.begin(), told(3));
              s.change_pcrs_quoted = s.change_pcrs_sent = [events = s.events](tpm::PcrBanks& banks) {
                Bytes& value = banks[tpm::kAlgSha256][0];
                value.assign(32, 0);
                value.back() = 3;
                for (const LoggedEvent& event : events)
                  if (event.index == 0 && event.type != tpm::kEventNoAction)
                    value = to_bytes(crypto::sha256(concat({value, to_bytes(crypto::sha256(event.data))})));
              };
            },
            {kAccepted, "eventlog.replay", Outcome::kPassed});
  cases.story("log_of_a_locality_that_was_none", [=](auto& e) { e.insert(e.begin(), told(3)); },
              {kRefused, "eventlog.replay"});
  cases.story("log_of_locality_5", [=](auto& e) { e.insert(e.begin(), told(5)); },
              {kRefused, "eventlog.form"});
}

// In a log of two banks each event has both digests, and each once.
void add_digest_cases(TpmTable& cases) {
  const size_t events = 32 + 24 + 4 + 2 * 4 + 1, count = events + 8, first = count + 4, second = first + 22;
  const auto of_two_banks = [&](std::string name, std::function<void(Bytes&)> change) {
    cases.add(std::move(name),
              [change](TpmSpec& s) {
                s.banks = {tpm::kAlgSha1, tpm::kAlgSha256};
                s.change_log = change;
              },
              {kRefused, "eventlog.form"});
  };
  of_two_banks("log_with_one_digest_of_two", [=](Bytes& l) {
    l[count] = 1;
    l.erase(l.begin() + second, l.begin() + second + 34);
  });
  of_two_banks("log_with_one_digest_twice", [=](Bytes& l) {
    const Bytes digest(l.begin() + second, l.begin() + second + 34);
    l.erase(l.begin() + first, l.begin() + second);
    l.insert(l.begin() + first, digest.begin(), digest.end());
  });
}

void add_log_cases(TpmTable& cases) {
  const auto drop = [](size_t at) {
    return [at](std::vector<LoggedEvent>& e) { e.erase(e.begin() + static_cast<std::ptrdiff_t>(at)); };
  };
  for (const size_t at : {0U, 1U, 5U, 6U, 13U, 14U, 15U})
    cases.story("log_without_event_" + std::to_string(at), drop(at), {kRefused, "eventlog.replay"});
  cases.story("log_that_is_silent_about_pcr_4",
              [](auto& e) { std::erase_if(e, [](const LoggedEvent& event) { return event.index == 4; }); },
              {kRefused, "eventlog.replay"});
  cases.add("log_without_the_quoted_value_of_secure_boot",
            [](TpmSpec& s) { s.selected = {0, 1, 2, 3, 4, 5, 6}; },
            {kAccepted, "secure_boot", Outcome::kNotApplicable});
  cases.story("log_with_an_event_more",
              [](auto& e) {
                e.push_back({4, 0xd, Bytes(3, 1), std::nullopt});
              },
              {kRefused, "eventlog.replay"});
  cases.story("log_with_two_events_exchanged", [](auto& e) { std::swap(e[2], e[3]); },
              {kRefused, "eventlog.replay"});
  cases.story("log_with_another_digest", [](auto& e) { e[0].measured = Bytes(3, 1); },
              {kRefused, "eventlog.replay"});
  cases.story("log_with_an_event_of_another_pcr", [](auto& e) { e[0].index = 1; },
              {kRefused, "eventlog.replay"});
  cases.story("log_that_hides_an_event_as_no_action", [](auto& e) { e[15].type = tpm::kEventNoAction; },
              {kRefused, "eventlog.replay"});
  cases.story("event_data_changed_behind_its_digest",
              [](auto& e) {
                e[1].measured = e[1].data;
                e[1].data.back() = 0;
              },
              {kRefused, "secure_boot"});
  cases.story("db_changed_behind_its_digest",
              [](auto& e) {
                e[4].measured = e[4].data;
                e[4].data.back() ^= 1;
              },
              {kRefused, "secure_boot"});
  cases.log("log_cut_off", [](Bytes& l) { l.pop_back(); }, {kRefused, "eventlog.form"});
  cases.log("log_cut_in_its_header", [](Bytes& l) { l.resize(40); }, {kRefused, "eventlog.form"});
  cases.log("log_empty", [](Bytes& l) { l.clear(); }, {kRefused, "eventlog.form"});
  cases.log("log_of_a_header_alone", [](Bytes& l) { l.resize(32 + 24 + 4 + 4 + 1); },
            {kRefused, "eventlog.form"});
  cases.log("log_with_padding", [](Bytes& l) { l.resize(l.size() + 500, 0xff); }, {kAccepted});
  cases.log("log_with_zeros_behind", [](Bytes& l) { l.resize(l.size() + 500, 0); }, {kAccepted});
  cases.log("log_with_an_event_of_huge_size", [](Bytes& l) { l[32 + 33 + 8 + 4 + 34 + 3] = 0xff; },
            {kRefused, "eventlog.form"});
  cases.log("log_with_huge_digest_count", [](Bytes& l) { l[32 + 33 + 8 + 3] = 0xff; },
            {kRefused, "eventlog.form"});
  cases.log("log_with_an_unknown_bank", [](Bytes& l) { l[32 + 33 + 12] = 0x12; },
            {kRefused, "eventlog.form"});
  cases.log("log_with_pcr_24", [](Bytes& l) { l[32 + 33] = 24; }, {kRefused, "eventlog.form"});
  cases.log("log_whose_banks_are_many", [](Bytes& l) { l[32 + 24] = 200; }, {kRefused, "eventlog.form"});
  cases.log("log_whose_bank_has_another_size", [](Bytes& l) { l[32 + 30] = 20; },
            {kRefused, "eventlog.form"});
  cases.log("log_with_huge_vendor_info", [](Bytes& l) { l[32 + 32] = 0xff; }, {kRefused, "eventlog.form"});
  cases.add(
      "log_of_another_bank",
      [](TpmSpec& s) { s.change_log = [e = s.events](Bytes& l) { l = event_log_of(e, {tpm::kAlgSha384}); }; },
      {kRefused, "eventlog.replay"});
}

void add_secure_boot_cases(TpmTable& cases) {
  const auto variable = [](const char* name, ByteView value) {
    return LoggedEvent{7, tpm::kEventVariableDriverConfig, uefi_variable(name, value), std::nullopt};
  };
  cases.measured("secure_boot_off", [=](auto& e) { e[1] = variable("SecureBoot", Bytes{0}); },
                 {kAccepted, "secure_boot", Outcome::kWarning});
  cases.measured("secure_boot_absent", [](auto& e) { e.erase(e.begin() + 1); },
                 {kAccepted, "secure_boot", Outcome::kNotApplicable});
  cases.measured("secure_boot_twice", [](auto& e) { e.insert(e.begin() + 1, e[1]); },
                 {kRefused, "secure_boot"});
  cases.measured("secure_boot_of_value_2", [=](auto& e) { e[1] = variable("SecureBoot", Bytes{2}); },
                 {kRefused, "secure_boot"});
  cases.measured("secure_boot_of_two_bytes",
                 [=](auto& e) {
                   e[1] = variable("SecureBoot", Bytes{1, 0});
                 },
                 {kRefused, "secure_boot"});
  cases.measured("variable_after_the_separator",
                 [=](auto& e) { e.push_back(variable("SecureBoot", Bytes{1})); }, {kRefused, "secure_boot"});
  cases.measured("secure_boot_after_the_separator_alone",
                 [](auto& e) {
                   e.push_back(e[1]);
                   e.erase(e.begin() + 1);
                 },
                 {kRefused, "secure_boot"});
  cases.measured("separator_of_pcr_7_absent", [](auto& e) { e.erase(e.begin() + 13); },
                 {kRefused, "secure_boot"});
  cases.measured("separator_of_pcr_7_twice",
                 [](auto& e) {
                   e.push_back({7, tpm::kEventSeparator, Bytes(4), std::nullopt});
                 },
                 {kRefused, "eventlog.separators"});
  cases.measured("separator_of_pcr_0_twice",
                 [](auto& e) {
                   e.push_back({0, tpm::kEventSeparator, Bytes(4), std::nullopt});
                 },
                 {kRefused, "eventlog.separators"});
  cases.measured("variable_longer_than_its_event", [](auto& e) { e[1].data[24] = 0xff; },
                 {kRefused, "secure_boot"});
  cases.measured("variable_name_of_huge_length", [](auto& e) { e[1].data[23] = 0xff; },
                 {kRefused, "secure_boot"});
  cases.measured("variable_with_bytes_behind", [](auto& e) { e[1].data.push_back(0); },
                 {kRefused, "secure_boot"});
  const size_t list = 32 + 2 * 2;  // behind GUID, lengths and "db"
  cases.measured("signature_list_of_huge_size", [=](auto& e) { e[4].data[list + 19] = 0xff; },
                 {kRefused, "secure_boot"});
  cases.measured("signature_list_with_huge_header", [=](auto& e) { e[4].data[list + 23] = 0xff; },
                 {kRefused, "secure_boot"});
  cases.measured("signature_of_size_zero", [=](auto& e) { e[4].data[list + 24] = 0; },
                 {kRefused, "secure_boot"});
  cases.measured("signature_list_of_size_zero", [=](auto& e) { e[4].data[list + 16] = 0; },
                 {kRefused, "secure_boot"});
  cases.measured("dbx_empty", [=](auto& e) { e[5] = variable("dbx", {}); }, {kAccepted});
}

void add_wrapping_cases(TpmTable& cases) {
  cases.add("protobuf", [](TpmSpec& s) { s.as_protobuf = true; }, {kAccepted});
  cases.add("protobuf_of_another_key",
            [](TpmSpec& s) {
              s.as_protobuf = true;
              s.sign_with_other_key = true;
            },
            {kRefused, "quote.signature"});
  cases.add("bare_with_certificate", [](TpmSpec& s) { s.bare = true; }, {kAccepted});
  cases.add("bare_without_signature",
            [](TpmSpec& s) {
              s.bare = true;
              s.send_signature = false;
            },
            {kUndetermined, "quote.signature", Outcome::kMissing});
  cases.add("bare_with_given_key_area",
            [](TpmSpec& s) {
              s.bare = true;
              s.send_certificate = false;
              s.give_public_area = true;
            },
            {kAccepted, "ak.attributes", Outcome::kPassed});
  cases.add("bare_with_key_area_that_is_not_restricted",
            [](TpmSpec& s) {
              s.bare = true;
              s.send_certificate = false;
              s.give_public_area = true;
              s.attributes &= ~(1U << 16);
            },
            {kRefused, "ak.attributes"});
  const auto json = [&](const char* name, std::string from, std::string to, Expectation wanted) {
    cases.add(
        name,
        [from, to](TpmSpec& s) {
          s.change_json = [from, to](std::string& j) { j.replace(j.find(from), from.size(), to); };
        },
        std::move(wanted));
  };
  json("json_of_version_2", "\"tpm_evidence\": 1", "\"tpm_evidence\": 2", {kMalformed, "form"});
  json("json_without_message", "\"message\"", "\"massage\"", {kMalformed, "form"});
  json("json_with_a_member_twice", "\"tpm_evidence\": 1", "\"tpm_evidence\": 1, \"tpm_evidence\": 1",
       {kMalformed, "form"});
  json("json_with_pcr_32", "\"0\": ", "\"32\": ", {kMalformed, "form"});
  json("json_with_pcr_00", "\"0\": ", "\"00\": ", {kMalformed, "form"});
  json("json_with_another_bank", "\"sha256\"", "\"sha224\"", {kMalformed, "form"});
  json("json_with_quotes_as_text", "\"quotes\": [", "\"quotes\": \"\", \"other\": [", {kMalformed, "form"});
  cases.add("json_with_text_behind", [](TpmSpec& s) { s.change_json = [](std::string& j) { j += "x"; }; },
            {kMalformed, "form"});
  cases.add("json_cut_off", [](TpmSpec& s) { s.change_json = [](std::string& j) { j.pop_back(); }; },
            {kMalformed, "form"});
  cases.add("tpm_of_version_1",
            [](TpmSpec& s) {
              s.change_json = [](std::string& j) {
                j = R"({"Static": {"TPMVersion": 1}, "AK": {}, "Quote": {}, "Log": {}})";
              };
            },
            {kRefused, "tpm.version"});
}

TEST(TpmCases, EachComesToItsVerdictByItsCheck) {
  TpmTable cases(good_tpm());
  cases.add("good", [](TpmSpec&) {}, {kAccepted, "eventlog.replay", Outcome::kPassed});
  add_message_cases(cases);
  add_signature_cases(cases);
  add_key_cases(cases);
  add_pcr_cases(cases);
  add_log_cases(cases);
  add_locality_cases(cases);
  add_digest_cases(cases);
  add_secure_boot_cases(cases);
  add_wrapping_cases(cases);
  cases.run();
}

TEST(TpmCases, SecureBootVariablesAreReadOut) {
  const auto built = build(good_tpm());
  const VerificationResult result = verify(built->evidence, built->options);
  ASSERT_EQ(result.verdict, kAccepted) << report(result);
  const auto list = [&](const char* name) {
    return std::get<std::vector<std::string>>(result.claims.vendor.at(name));
  };
  EXPECT_TRUE(std::get<bool>(result.claims.vendor.at("uefi.secure_boot")));
  EXPECT_EQ(list("uefi.pk").size(), 1U);
  EXPECT_EQ(list("uefi.db").size(), 1U);
  ASSERT_EQ(list("uefi.dbx").size(), 2U);
  EXPECT_TRUE(list("uefi.dbx")[0].starts_with("hash:0404"));
  // The program was let in by the certificate that is in db.
  ASSERT_EQ(list("uefi.authorities").size(), 1U);
  EXPECT_EQ(list("uefi.authorities")[0], "db:" + list("uefi.db")[0]);
}

TEST(TpmCases, AnAuthorityCountsOnlyWhereItIsWhatWasMeasured) {
  TpmSpec spec = good_tpm();
  spec.events[14].measured = spec.events[14].data;
  spec.events[14].data.back() ^= 1;
  const auto built = build(spec);
  const VerificationResult result = verify(built->evidence, built->options);
  EXPECT_EQ(result.verdict, kAccepted) << report(result);
  EXPECT_TRUE(std::get<std::vector<std::string>>(result.claims.vendor.at("uefi.authorities")).empty());
}

// CVE-2025-64186: what a policy demands must be what the quote signs.
TEST(TpmCases, PcrsThatAPolicyDemandsMustBeQuoted) {
  TpmSpec spec = good_tpm();
  spec.selected = {0, 7};
  const auto built = build(spec);
  const std::string root = to_hex(built->options.extra_roots.front().key_fingerprint);
  const auto judged = [&](const std::string& claim, const Bytes& value) {
    const auto policy = Policy::parse("version = 1\n[[root]]\nname = \"tpm\"\nkey_sha256 = \"" + root +
                                          "\"\n[[allow]]\ntee = [\"tpm\"]\ninsecure_any_code = true\n"
                                          "roots = [\"tpm\"]\n[allow.claims]\n\"" +
                                          claim + "\" = [\"" + to_hex(value) + "\"]\n",
                                      "test");
    EXPECT_TRUE(policy.has_value());
    if (!policy) return VerificationResult{};
    built->options.policy = &*policy;
    return verify(built->evidence, built->options);
  };
  const Bytes pcr7 = pcrs_of(spec.events, spec.banks, true).at(tpm::kAlgSha256).at(7);
  const VerificationResult quoted = judged("tpm.pcr7", pcr7);
  EXPECT_EQ(quoted.verdict, kAccepted) << report(quoted);
  // PCR 16 was sent, with the value that the policy wants, but nobody signed it.
  EXPECT_EQ(judged("tpm.pcr16", Bytes(32)).verdict, kRefused);
}

TEST(TpmCases, EventLogAloneProvesNothing) {
  const Bytes log = event_log_of(good_events(), {tpm::kAlgSha256});
  const VerificationResult result = verify(log, {});
  EXPECT_EQ(result.format, "tcg-event-log");
  EXPECT_EQ(result.verdict, kUndetermined);
  EXPECT_TRUE(result.claims.vendor.contains("eventlog.sha256.pcr7"));
  EXPECT_EQ(decode(log).verdict, kUndetermined);
}

}  // namespace
}  // namespace strongroom::attest::testing

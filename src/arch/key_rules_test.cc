// Every field that a key could depend on, times every key, times every policy, times masks: the key changes
// if and only if SGX's rules say so. The rules stand here as a table (SDM volume 3D, EGETKEY, table "Key
// Derivation"), apart from the code that follows the pseudocode.
#include <gtest/gtest.h>

#include <functional>

#include "arch/key.h"
#include "arch/test_platform.h"

namespace strongroom::arch {
namespace {

struct State {
  Platform platform = test_platform();
  EnclaveIdentity enclave = test_enclave();
  KeyRequest request{};
};

// When a key depends on a field.
enum class Rule {
  kNo,
  kYes,
  kMasked,  // if the request's mask lets it in
  kPolicyMrenclave,
  kPolicyMrsigner,
  kUnlessNoProdId,
  kPolicyConfigId,
  kPolicyFamilyId,
  kPolicyExtProdId,
};
constexpr Rule kN = Rule::kNo;
constexpr Rule kY = Rule::kYes;
constexpr Rule kM = Rule::kMasked;

struct Field {
  const char* name;
  std::function<void(State&)> change;
  // In the order of KeyName: EINITTOKEN, PROVISION, PROVISION_SEAL, REPORT, SEAL.
  std::array<Rule, 5> rules;
};

const Field kFields[] = {
    {"device key", [](State& s) { s.platform.secret.device_key[31] ^= 1; }, {kY, kY, kY, kY, kY}},
    {"seal fuses", [](State& s) { s.platform.secret.seal_fuses[0] ^= 1; }, {kY, kN, kY, kY, kY}},
    {"owner epoch", [](State& s) { s.platform.owner_epoch[15] ^= 1; }, {kY, kN, kN, kY, kY}},
    {"CPUSVN of the platform", [](State& s) { s.platform.cpu_svn[3] += 1; }, {kN, kN, kN, kY, kN}},
    {"report key id of the platform",
     [](State& s) { s.platform.report_key_id[0] ^= 1; },
     {kN, kN, kN, kN, kN}},

    {"SECS.MRENCLAVE",
     [](State& s) { s.enclave.mrenclave[31] ^= 1; },
     {kN, kN, kN, kY, Rule::kPolicyMrenclave}},
    {"SECS.MRSIGNER", [](State& s) { s.enclave.mrsigner[0] ^= 1; }, {kY, kY, kY, kN, Rule::kPolicyMrsigner}},
    {"SECS.ATTRIBUTES.INIT",
     [](State& s) { s.enclave.attributes.flags ^= kAttributeInit; },
     {kY, kY, kY, kY, kY}},
    {"SECS.ATTRIBUTES.DEBUG",
     [](State& s) { s.enclave.attributes.flags ^= kAttributeDebug; },
     {kY, kY, kY, kY, kY}},
    {"SECS.ATTRIBUTES.MODE64BIT",
     [](State& s) { s.enclave.attributes.flags ^= kAttributeMode64; },
     {kM, kM, kM, kY, kM}},
    {"SECS.ATTRIBUTES.XFRM", [](State& s) { s.enclave.attributes.xfrm ^= kXfrmPkru; }, {kM, kM, kM, kY, kM}},
    {"SECS.MISCSELECT", [](State& s) { s.enclave.misc_select ^= kMiscExinfo; }, {kM, kM, kM, kY, kM}},
    {"SECS.CET_ATTRIBUTES", [](State& s) { s.enclave.cet_attributes ^= 0x20; }, {kM, kM, kM, kY, kM}},
    {"SECS.ISVPRODID",
     [](State& s) { s.enclave.isv_prod_id ^= 0x100; },
     {kY, kY, Rule::kUnlessNoProdId, kN, Rule::kUnlessNoProdId}},
    {"SECS.ISVSVN", [](State& s) { s.enclave.isv_svn += 1; }, {kN, kN, kN, kN, kN}},
    {"SECS.CONFIGSVN", [](State& s) { s.enclave.config_svn += 1; }, {kN, kN, kN, kY, kN}},
    {"SECS.CONFIGID",
     [](State& s) { s.enclave.config_id[63] ^= 1; },
     {kN, kN, Rule::kPolicyConfigId, kY, Rule::kPolicyConfigId}},
    {"SECS.ISVFAMILYID",
     [](State& s) { s.enclave.isv_family_id[15] ^= 1; },
     {kN, kN, Rule::kPolicyFamilyId, kN, Rule::kPolicyFamilyId}},
    {"SECS.ISVEXTPRODID",
     [](State& s) { s.enclave.isv_ext_prod_id[0] ^= 1; },
     {kN, kN, Rule::kPolicyExtProdId, kN, Rule::kPolicyExtProdId}},

    {"KEYREQUEST.KEYID", [](State& s) { s.request.key_id[31] ^= 1; }, {kY, kN, kN, kY, kY}},
    {"KEYREQUEST.CPUSVN", [](State& s) { s.request.cpu_svn[7] ^= 1; }, {kY, kY, kY, kN, kY}},
    {"KEYREQUEST.ISVSVN", [](State& s) { s.request.isv_svn ^= 1; }, {kY, kY, kY, kN, kY}},
    {"KEYREQUEST.CONFIGSVN",
     [](State& s) { s.request.config_svn ^= 1; },
     {kN, kN, Rule::kPolicyConfigId, kN, Rule::kPolicyConfigId}},
    // A bit that the enclave has: the EINITTOKEN key changes with what the mask lets in. A bit that it has
    // not: only keys that depend on the mask itself change.
    {"KEYREQUEST.ATTRIBUTEMASK, a set attribute",
     [](State& s) { s.request.attribute_mask.flags ^= kAttributeMode64; },
     {kY, kY, kY, kN, kY}},
    {"KEYREQUEST.ATTRIBUTEMASK, an unset attribute",
     [](State& s) { s.request.attribute_mask.flags ^= kAttributeAexNotify; },
     {kN, kY, kY, kN, kY}},
    {"KEYREQUEST.ATTRIBUTEMASK, XFRM",
     [](State& s) { s.request.attribute_mask.xfrm ^= kXfrmAvx; },
     {kY, kY, kY, kN, kY}},
    {"KEYREQUEST.MISCMASK, a set bit",
     [](State& s) { s.request.misc_mask ^= kMiscExinfo; },
     {kY, kY, kY, kN, kY}},
    {"KEYREQUEST.MISCMASK, an unset bit",
     [](State& s) { s.request.misc_mask ^= 1u << 31; },
     {kN, kY, kY, kN, kY}},
    {"KEYREQUEST.CET_ATTRIBUTES_MASK, a set bit",
     [](State& s) { s.request.cet_attributes_mask ^= 0x20; },
     {kY, kY, kY, kN, kY}},
    {"KEYREQUEST.CET_ATTRIBUTES_MASK, an unset bit",
     [](State& s) { s.request.cet_attributes_mask ^= 0x02; },
     {kN, kY, kY, kN, kY}},
    {"KEYREQUEST.KEYPOLICY",
     [](State& s) { s.request.key_policy ^= kPolicyIsvFamilyId; },
     {kN, kN, kY, kN, kY}},
};

bool holds(Rule rule, const KeyRequest& request, bool masks_set) {
  const auto has = [&](KeyPolicy bit) { return (request.key_policy & bit) != 0; };
  switch (rule) {
    case Rule::kNo:
      return false;
    case Rule::kYes:
      return true;
    case Rule::kMasked:
      return masks_set;
    case Rule::kPolicyMrenclave:
      return has(kPolicyMrenclave);
    case Rule::kPolicyMrsigner:
      return has(kPolicyMrsigner);
    case Rule::kUnlessNoProdId:
      return !has(kPolicyNoIsvProdId);
    case Rule::kPolicyConfigId:
      return has(kPolicyConfigId);
    case Rule::kPolicyFamilyId:
      return has(kPolicyIsvFamilyId);
    case Rule::kPolicyExtProdId:
      return has(kPolicyIsvExtProdId);
  }
  return false;
}

State base_state(KeyName name, uint16_t policy, bool masks_set) {
  State state;
  state.request.key_name = name;
  state.request.key_policy = policy;
  state.request.isv_svn = 4;     // 5 with its lowest bit changed: not beyond the enclave's
  state.request.config_svn = 6;  // likewise 7
  for (uint8_t& component : state.request.cpu_svn) component = 8;
  state.request.key_id[0] = 1;
  if (masks_set) {
    state.request.attribute_mask = {~uint64_t{0}, ~uint64_t{0}};
    state.request.misc_mask = ~uint32_t{0};
    state.request.cet_attributes_mask = 0xff;
  }
  return state;
}

EnclaveKey key_of(const State& state) {
  const LeafResult<EnclaveKey> key = egetkey(state.platform, state.enclave, state.request);
  EXPECT_TRUE(key);
  return key.value_or(EnclaveKey{});
}

class KeyRules : public testing::TestWithParam<KeyName> {};

TEST_P(KeyRules, AKeyChangesIfAndOnlyIfTheRulesSaySo) {
  const KeyName name = GetParam();
  size_t cases = 0;
  for (uint16_t policy = 0; policy <= kPolicyKnown; ++policy) {
    for (const bool masks_set : {false, true}) {
      const State base = base_state(name, policy, masks_set);
      const EnclaveKey base_key = key_of(base);
      for (const Field& field : kFields) {
        State changed = base;
        field.change(changed);
        const Rule rule = field.rules[static_cast<size_t>(name)];
        EXPECT_EQ(key_of(changed) != base_key, holds(rule, base.request, masks_set))
            << field.name << ", policy " << policy << (masks_set ? ", with masks" : ", without masks");
        ++cases;
      }
    }
  }
  EXPECT_EQ(cases, 64u * 2 * std::size(kFields));
}

TEST_P(KeyRules, KeysOfDifferentNamesDiffer) {
  for (const KeyName other : {KeyName::kEinitToken, KeyName::kProvision, KeyName::kProvisionSeal,
                              KeyName::kReport, KeyName::kSeal}) {
    if (other == GetParam()) continue;
    EXPECT_NE(key_of(base_state(other, 0, true)), key_of(base_state(GetParam(), 0, true)));
  }
}

std::string name_of(const testing::TestParamInfo<KeyName>& info) {
  static constexpr const char* kNames[] = {"EinitToken", "Provision", "ProvisionSeal", "Report", "Seal"};
  return kNames[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(EveryKey, KeyRules,
                         testing::Values(KeyName::kEinitToken, KeyName::kProvision, KeyName::kProvisionSeal,
                                         KeyName::kReport, KeyName::kSeal),
                         name_of);

}  // namespace
}  // namespace strongroom::arch

#include "tee/private_memory_offer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tee/kvm_constants.h"

namespace strongroom::tee {
namespace {

constexpr PrivateMemoryOffer kComplete{.vm_types = 1u << 0 | 1u << kKvmSoftwareProtectedVm,
                                       .user_memory2 = 1,
                                       .guest_memfd = 1,
                                       .memory_attributes = kKvmMemoryAttributePrivate};

TEST(PrivateMemoryOffer, IsCompleteWithAllOfItsParts) {
  EXPECT_TRUE(kComplete.complete());
  EXPECT_TRUE(explain_private_memory(kComplete).present);
}

TEST(PrivateMemoryOffer, IsNoneWhereOnePartIsMissing) {
  for (unsigned PrivateMemoryOffer::*part :
       {&PrivateMemoryOffer::vm_types, &PrivateMemoryOffer::user_memory2, &PrivateMemoryOffer::guest_memfd,
        &PrivateMemoryOffer::memory_attributes}) {
    PrivateMemoryOffer offer = kComplete;
    offer.*part = 0;
    EXPECT_FALSE(offer.complete());
    EXPECT_FALSE(explain_private_memory(offer).present);
    EXPECT_FALSE(explain_private_memory(offer).detail.empty());
  }
}

TEST(PrivateMemoryOffer, IsNotOfOtherTypesOfVirtualMachinesNorOfOtherAttributes) {
  PrivateMemoryOffer offer = kComplete;
  offer.vm_types = ~(1u << kKvmSoftwareProtectedVm);  // SEV, SNP, TDX
  EXPECT_FALSE(offer.complete());
  offer = kComplete;
  offer.memory_attributes = ~kKvmMemoryAttributePrivate;
  EXPECT_FALSE(offer.complete());
}

TEST(PrivateMemoryOffer, OfWhatIsNotKvmIsNone) {
  EXPECT_FALSE(ask_for_private_memory(-1).complete());
}

}  // namespace
}  // namespace strongroom::tee

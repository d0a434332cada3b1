// Whether memory belongs to the enclave: for the pointers that [user_check] lets through.
#pragma once

#include <cstddef>

namespace strongroom::enclave {

// Whether all of [pointer, pointer + size) lies in the enclave. An empty range lies where its pointer points;
// one that runs past the end of the address space lies nowhere.
[[nodiscard]] bool is_inside(const void* pointer, size_t size) noexcept;

// Whether none of it does. Of memory outside only the call area is there, and all of it can change at any
// moment: copy it once, and check the copy. Outside does not mean accessible.
[[nodiscard]] bool is_outside(const void* pointer, size_t size) noexcept;

}  // namespace strongroom::enclave

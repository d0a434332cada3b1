// A counted reference to an object of the file system, which has acquire() and drop(); the last drop() frees
// it.
#pragma once

#include <utility>

namespace strongroom::kernel {

template <typename T>
class Ref {
 public:
  constexpr Ref() = default;
  explicit Ref(T* object) : object_(object) {
    if (object_ != nullptr) object_->acquire();
  }
  // Takes over a reference that is already counted: a new object has one.
  static Ref adopt(T* object) {
    Ref reference;
    reference.object_ = object;
    return reference;
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <typename Derived>
  Ref(Ref<Derived>&& other) : object_(other.leak()) {}  // NOLINT: to a base class
  Ref& operator=(Ref other) {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->drop();
  }

  [[nodiscard]] T* leak() { return std::exchange(object_, nullptr); }
  [[nodiscard]] T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

}  // namespace strongroom::kernel

#include "preload/real.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace strongroom::sgx::real {
namespace {

int (*next_sigaction)(int, const struct sigaction*, struct sigaction*);
int (*next_change_mask)(int, const sigset_t*, sigset_t*);

template <typename Function>
void look_up(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

void find() {
  if (next_sigaction != nullptr) return;
  look_up(next_change_mask, "pthread_sigmask");
  look_up(next_sigaction, "sigaction");
}

int sigaction(int signal, const struct sigaction* action, struct sigaction* old) {
  find();
  return next_sigaction(signal, action, old);
}
int change_signal_mask(int how, const sigset_t* set, sigset_t* old) {
  find();
  return next_change_mask(how, set, old);
}
void* mmap(void* address, size_t size, int protection, int flags, int fd, int64_t offset) {
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}
int munmap(void* address, size_t size) {
  return static_cast<int>(syscall(SYS_munmap, address, size));
}
int mprotect(void* address, size_t size, int protection) {
  return static_cast<int>(syscall(SYS_mprotect, address, size, protection));
}
int close(int fd) {
  return static_cast<int>(syscall(SYS_close, fd));
}

}  // namespace strongroom::sgx::real

// Sets the emulator up before the program's main().
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "preload/abort_page.h"
#include "preload/driver.h"
#include "preload/real.h"
#include "preload/signals.h"
#include "preload/thread.h"

// By this name programs can tell that they look at an emulation.
extern "C" __attribute__((visibility("default"))) const char strongroom_sgx_emulator[] = "libsgxemu.so";

namespace strongroom::sgx {
namespace {

[[noreturn]] void refuse(const char* why) {
  std::fprintf(stderr, "libsgxemu.so: %s\n", why);
  std::_Exit(127);
}

// The auxiliary vector stands behind the environment.
uint64_t* find_auxv(char** environment) {
  while (*environment != nullptr) ++environment;
  return reinterpret_cast<uint64_t*>(environment + 1);
}

void after_fork_in_parent() {
  unlock_after_fork(false);
}
void after_fork_in_child() {
  reset_threads_after_fork();
  unlock_after_fork(true);
}

[[gnu::constructor]] void start(int /*argc*/, char** /*argv*/, char** environment) {
  real::find();
  if (!choose_model()) refuse("STRONGROOM_SGX_EMULATOR_MODEL is neither sgx1, sgx2 nor linux5");
  if (!choose_abort_page())
    refuse("STRONGROOM_SGX_EMULATOR_ABORT_PAGE is neither 0 nor 1, or there is no memory for it");
  read_processor_features();
  if (!reserve_thread_records()) refuse("no memory for signal stacks");
  if (!install_vdso(find_auxv(environment))) refuse("cannot put a vDSO in place of the kernel's");
  take_over_signals();
  pthread_atfork(lock_for_fork, after_fork_in_parent, after_fork_in_child);
  if (!enable_cpuid_faulting()) replace_cpuid_in_program();
}

}  // namespace
}  // namespace strongroom::sgx

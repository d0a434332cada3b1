#include "tee/launch_secret.h"

#include <unistd.h>

#include <cerrno>

#include "arch/own_calls.h"

namespace strongroom::tee {

void receive_launch_secret(int keeper, void* to) {
  if (keeper < 0) return;
  while (read(keeper, to, arch::kLaunchSecretSize) < 0 && errno == EINTR) {
  }
}

}  // namespace strongroom::tee

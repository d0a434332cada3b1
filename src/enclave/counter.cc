#include "strongroom/enclave/counter.h"

#include "enclave/keeper.h"

namespace strongroom::enclave {
namespace {

Result<uint64_t> ask(arch::KeeperRequest request, SealTo owner, const CounterName& name) {
  const Bytes arguments = ByteWriter().little(static_cast<uint32_t>(owner)).bytes(name).take();
  const Bytes answer = TRY(ask_keeper(request, arguments));
  ByteReader reader(answer);
  return reader.little<uint64_t>("counter");
}

}  // namespace

Result<uint64_t> read_counter(SealTo owner, const CounterName& name) {
  return ask(arch::KeeperRequest::kCounterRead, owner, name);
}

Result<uint64_t> increment_counter(SealTo owner, const CounterName& name) {
  return ask(arch::KeeperRequest::kCounterIncrement, owner, name);
}

}  // namespace strongroom::enclave

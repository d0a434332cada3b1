// The enclaves of a keeper, from a request to launch one to its end.
#include <fcntl.h>
#include <fmt/format.h>

#include <ctime>

#include "host/keeper.h"
#include "host/launch_policy.h"
#include "host/quoter.h"

namespace strongroom::host {
namespace {

constexpr size_t kLongestName = 64;

EnclaveEntry entry_of(const Prepared& image, uint64_t user, const Launch& request) {
  return {.user = user,
          .tee = request.request.tee,
          .debug = request.request.debug,
          .is_signed = image.is_signed,
          .launched_at = static_cast<uint64_t>(std::time(nullptr)),
          .memory = image.memory + request.request.call_area_size,
          .mrenclave = image.identity.mrenclave,
          .mrsigner = image.identity.mrsigner,
          .name = tee::printable(request.name, kLongestName)};
}

}  // namespace

void Keeper::launch(const Client& client, const Launch& request, const std::vector<FileDescriptor>& files) {
  if (files.size() != kLaunchFiles) return;  // nobody to tell
  if (const auto launched = try_launch(client, request, files); !launched)
    (void)send_packet(files[3].get(), refusal(launched.error()), {}, Waiting::kNever);
}

Result<void> Keeper::try_launch(const Client& client, const Launch& request,
                                const std::vector<FileDescriptor>& files) {
  const auto found = images_.find(request.image);
  if (found == images_.end() || !found->second.prepared || !found->second.openers.contains(client.number))
    return fail(ErrorCode::kNotFound, "the keeper does not know this image");
  LoadedImage& image = found->second;
  TRY(check_policy(*image.prepared, request));
  EnclaveEntry entry = entry_of(*image.prepared, client.user, request);
  const Quotas usage = usage_of(client.user);
  TRY(check_quota(kEnclaveQuota, client.user, usage.enclaves, 1, options_.quotas.enclaves));
  TRY(check_quota(kMemoryQuota, client.user, usage.memory, entry.memory, options_.quotas.memory));
  image.used = ++uses_;

  const Make kind{.tee = request.request.tee,
                  .debug = request.request.debug,
                  .wait_for_debugger = request.request.wait_for_debugger,
                  .call_area_size = request.request.call_area_size};
  spares_.note(image.number, kind, request.spare);
  if (!vault_.is_alive()) spares_.drop_all();  // they share their secrets with a process that is dead
  const std::vector<int> numbers = numbers_of(files);
  std::optional<FileDescriptor> holder = spares_.take(image.number, kind);
  if (holder && !send_packet(holder->get(), request, numbers, Waiting::kNever)) holder.reset();
  entry.from_spare = holder.has_value();
  if (!holder) {
    holder = TRY(make(image, kind));
    TRY(send_packet(holder->get(), request, numbers, Waiting::kNever));
  }
  FileDescriptor events(fcntl(files[3].get(), F_DUPFD_CLOEXEC, 0));
  TRY(enclaves_.add({.entry = std::move(entry),
                     .client = client.number,
                     .image = image.number,
                     .holder = std::move(*holder),
                     .events = std::move(events)}));
  return {};
}

// Tells the vault whose socket it gets.
Result<void> Keeper::admit(const Prepared& image, const Make& make, const FileDescriptor& socket) {
  Admission admission{.identity = image.identity, .tee = make.tee, .is_signed = image.is_signed};
  uint64_t& flags = admission.identity.attributes.flags;
  flags = make.debug ? flags | arch::kAttributeDebug : flags & ~uint64_t{arch::kAttributeDebug};
  return vault_.admit(admission, socket);
}

Result<FileDescriptor> Keeper::make(const LoadedImage& image, const Make& make) {
  auto holder = TRY(SocketPair::create("an enclave's socket to the keeper"));
  // The enclave's way to the vault. In `sgx` the processor is the platform, and nothing that this keeper
  // signs may ever pass for its word: there it leads to what makes quotes.
  const bool has_vault = make.tee != tee::TeeKind::kSgx;
  FileDescriptor way, vault_end;
  if (has_vault) {
    auto pair = TRY(SocketPair::create("the enclave's socket to the vault"));
    way = std::move(pair.ours);
    vault_end = std::move(pair.theirs);
  } else {
    way = TRY(start_quoter());
  }
  const int files[] = {holder.theirs.get(), way.get()};
  TRY_IN("the process of this image", send_packet(image.loader.get(), make, files, Waiting::kNever));
  // The enclave needs the launch secret last: so it is made meanwhile.
  if (has_vault) TRY(admit(*image.prepared, make, vault_end));
  return std::move(holder.ours);
}

void Keeper::make_spare(const SpareShelf::Wish& wish) {
  const auto found = images_.find(wish.image);
  Make make = wish.make;
  make.spare = true;
  auto made = found == images_.end() ? fail(ErrorCode::kNotFound, "") : this->make(found->second, make);
  // Without one, launches take longer: no more.
  spares_.put(wish, made ? std::optional(std::move(*made)) : std::nullopt);
}

Result<void> Keeper::stop(Client& client, uint64_t number) {
  EnclaveTable::Enclave* enclave = enclaves_.find(number, client.user);
  if (enclave == nullptr || !enclave->entry.running)
    return fail(ErrorCode::kNotFound,
                fmt::format("no enclave {} of yours runs at this keeper; see `strongroom ps`", number));
  enclave->stoppers.push_back(client.number);
  enclaves_.end(number, fmt::format("stopped by user {} (strongroom stop)", client.user));
  return {};
}

void Keeper::enclave_ended(uint64_t number) {
  constexpr uint64_t kEverything = 0;
  for (const uint64_t waiting : enclaves_.find(number, kEverything)->stoppers)
    if (const auto client = clients_.find(waiting); client != clients_.end())
      (void)answer(client->second, Done{});
  drop_idle_images();
}

}  // namespace strongroom::host

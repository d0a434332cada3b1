// The enclaves that a keeper has launched: those that run, and the last of those that have ended.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "host/event_loop.h"
#include "host/protocol.h"

namespace strongroom::host {

// Not thread safe.
class EnclaveTable {
 public:
  // `keep`: how many enclaves that have ended it remembers. `ended`: called when one has; it may look the
  // enclave up. `loop` outlives the table.
  EnclaveTable(EventLoop& loop, size_t keep, std::function<void(uint64_t number)> ended)
      : loop_(loop), keep_(keep), ended_(std::move(ended)) {}
  ~EnclaveTable();
  EnclaveTable(const EnclaveTable&) = delete;
  EnclaveTable& operator=(const EnclaveTable&) = delete;

  struct Enclave {
    EnclaveEntry entry{};
    uint64_t client = 0;  // who launched it
    uint64_t image = 0;
    FileDescriptor holder{};  // socket to the process that holds it; none when it has ended
    FileDescriptor events{};  // what the application hears of it
    FileDescriptor log{};
    std::vector<std::string> warnings{};
    std::vector<uint64_t> stoppers{};  // clients that wait for its end
    bool told = false;                 // the application knows whether it was made
    std::string killed_because{};
  };

  // Takes over an enclave whose holder has its Launch; numbers it.
  Result<uint64_t> add(Enclave enclave);
  // Asks the holder to end the enclave; `reason`, where there is one, is what the application hears.
  void end(uint64_t number, const std::string& reason);
  void end_those_of(uint64_t client);

  // Null where there is none of this number, or `viewer` may not see it: everybody sees his own, root (0)
  // all.
  Enclave* find(uint64_t number, uint64_t viewer);
  [[nodiscard]] Listing list(uint64_t after, uint64_t viewer) const;
  [[nodiscard]] Result<Log> log(uint64_t number, uint64_t viewer);

  struct Count {
    uint64_t enclaves = 0;
    uint64_t memory = 0;
  };
  // Of those that run, by user and by image.
  [[nodiscard]] Count count_of_user(uint64_t user) const;
  [[nodiscard]] bool runs_image(uint64_t image) const;

 private:
  void hear(uint64_t number);
  void finish(Enclave& enclave);

  EventLoop& loop_;
  size_t keep_;
  std::function<void(uint64_t)> ended_;
  uint64_t last_number_ = 0;
  std::map<uint64_t, Enclave> enclaves_;
};

}  // namespace strongroom::host

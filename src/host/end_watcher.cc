#include "host/end_watcher.h"

namespace strongroom::host {

std::string why_it_ended(const Result<End>& end) {
  if (!end) return end.error().message;
  switch (end->kind) {
    case EndKind::kExited:
      return "it exited with status " + std::to_string(end->status);
    case EndKind::kAborted:
      return "it aborted (" + end->cause + "): " + end->message;
    case EndKind::kFailed:
      break;
  }
  return end->message;
}

EndWatcher::EndWatcher(std::function<Result<End>()> receive, std::function<void(const Result<End>&)> ended)
    : thread_([this, receive = std::move(receive), ended = std::move(ended)] {
        Result<End> end = receive();
        ended(end);
        const std::lock_guard lock(mutex_);
        end_ = std::move(end);
        ended_.notify_all();
      }) {}

Result<End> EndWatcher::wait() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return end_.has_value(); });
  return *end_;
}

std::optional<Result<End>> EndWatcher::wait_for(std::chrono::nanoseconds limit) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, limit, [this] { return end_.has_value(); });
  return end_;
}

}  // namespace strongroom::host

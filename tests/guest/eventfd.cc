// Event counters.
#include <sys/eventfd.h>

#include <thread>

#include "check.h"

CASE(reading_takes_the_whole_count) {
  const int counter = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
  CHECK_EQ(fcntl(counter, F_GETFD), FD_CLOEXEC);
  eventfd_t value = 0;
  CHECK_EQ(eventfd_write(counter, 4), 0);
  CHECK_EQ(eventfd_read(counter, &value), 0);
  CHECK_EQ(value, 7u);
  CHECK_ERRNO(eventfd_read(counter, &value), EAGAIN);
}

CASE(semaphores_count_down_by_one) {
  const int counter = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
  eventfd_t value = 0;
  CHECK_EQ(eventfd_read(counter, &value), 0);
  CHECK_EQ(value, 1u);
  CHECK_EQ(eventfd_read(counter, &value), 0);
  CHECK_ERRNO(eventfd_read(counter, &value), EAGAIN);
}

CASE(the_count_does_not_overflow) {
  const int counter = static_cast<int>(syscall(SYS_eventfd, 0));
  CHECK_EQ(fcntl(counter, F_SETFL, O_NONBLOCK), 0);
  CHECK_EQ(eventfd_write(counter, UINT64_MAX - 1), 0);
  CHECK_ERRNO(eventfd_write(counter, 1), EAGAIN);
  CHECK_ERRNO(eventfd_write(counter, UINT64_MAX), EINVAL);
}

CASE(sizes_and_flags_are_checked) {
  const int counter = static_cast<int>(syscall(SYS_eventfd2, 1, 0));
  uint32_t small = 0;
  CHECK_ERRNO(read(counter, &small, sizeof(small)), EINVAL);
  CHECK_ERRNO(write(counter, &small, sizeof(small)), EINVAL);
  CHECK_ERRNO(eventfd(0, 1 << 10), EINVAL);
}

CASE(a_reader_waits_for_a_writer) {
  const int counter = eventfd(0, 0);
  std::thread writer([&] {
    usleep(20'000);
    CHECK_EQ(eventfd_write(counter, 5), 0);
  });
  eventfd_t value = 0;
  CHECK_EQ(eventfd_read(counter, &value), 0);
  CHECK_EQ(value, 5u);
  writer.join();
}

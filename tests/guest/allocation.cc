// malloc and new under load.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <unordered_map>

#include "check.h"

CASE(blocks_of_all_sizes_keep_their_bytes) {
  std::mt19937 random(1);
  std::vector<std::pair<std::unique_ptr<unsigned char[]>, size_t>> blocks;
  for (int round = 0; round < 20'000; ++round) {
    if (blocks.size() < 500 || random() % 2 == 0) {
      const size_t size = 1 + random() % (round % 100 == 0 ? 300'000 : 2000);
      blocks.emplace_back(new unsigned char[size], size);
      memset(blocks.back().first.get(), static_cast<int>(size % 251), size);
    } else {
      const size_t index = random() % blocks.size();
      const auto& [bytes, size] = blocks[index];
      CHECK(bytes[0] == size % 251 && bytes[size - 1] == size % 251);
      std::swap(blocks[index], blocks.back());
      blocks.pop_back();
    }
  }
}

CASE(reallocation_keeps_the_start) {
  size_t size = 100;
  auto* bytes = static_cast<unsigned char*>(malloc(size));
  memset(bytes, 7, size);
  for (; size < 8u << 20; size *= 3) {
    bytes = static_cast<unsigned char*>(realloc(bytes, size * 3));
    CHECK(bytes != nullptr);
    CHECK(bytes[0] == 7 && bytes[99] == 7);
  }
  free(bytes);
  void* aligned = aligned_alloc(4096, 8192);
  CHECK_EQ(reinterpret_cast<uintptr_t>(aligned) % 4096, 0u);
  free(aligned);
  auto* zeros = static_cast<unsigned char*>(calloc(1000, 1000));
  CHECK(zeros != nullptr && zeros[0] == 0 && zeros[999'999] == 0);
  free(zeros);
}

CASE(many_threads_allocate_at_once) {
  constexpr int kThreads = 8;
  std::atomic<size_t> total{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&total, thread] {
      std::mt19937 random(static_cast<unsigned>(thread));
      std::unordered_map<unsigned, std::string> map;
      for (int round = 0; round < 20'000; ++round) {
        const unsigned key = static_cast<unsigned>(random()) % 1000;
        if (random() % 3 == 0) {
          map.erase(key);
        } else {
          map[key] = std::string(random() % 500, static_cast<char>('a' + key % 26));
        }
      }
      for (const auto& [key, text] : map) {
        CHECK(text.find_first_not_of(static_cast<char>('a' + key % 26)) == std::string::npos);
        total += text.size();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(total.load() > 0);
}

CASE(blocks_freed_by_other_threads_are_fine) {
  std::atomic<std::string*> slot{nullptr};
  constexpr int kRounds = 10'000;
  std::thread consumer([&] {
    for (int taken = 0; taken < kRounds;) {
      std::string* text = slot.exchange(nullptr);
      if (text == nullptr) {
        std::this_thread::yield();
        continue;
      }
      delete text;
      ++taken;
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    auto* text = new std::string(100, 'x');
    for (std::string* expected = nullptr; !slot.compare_exchange_weak(expected, text); expected = nullptr) {
      std::this_thread::yield();
    }
  }
  consumer.join();
}

CASE(freed_memory_is_used_again) {
  for (int round = 0; round < 200; ++round) {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (int index = 0; index < 8; ++index) {
      blocks.emplace_back(new char[1 << 20]);
      memset(blocks.back().get(), round, 1 << 20);
    }
  }
  malloc_trim(0);
}

CASE(running_out_is_an_error_and_not_the_end) {
  bool thrown = false;
  try {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (;;) blocks.emplace_back(new char[size_t{1} << 46]);
  } catch (const std::bad_alloc&) {
    thrown = true;
  }
  CHECK(thrown);
  CHECK_EQ(std::string(1000, 'x').size(), 1000u);
}

// An enclave has one memory of 64 MiB for both.
CASE(what_a_removed_file_held_serves_the_heap) {
  constexpr size_t kFile = size_t{34} << 20, kMapping = size_t{36} << 20;
  const std::string block(1 << 20, 'x');
  const int file = open("f", O_CREAT | O_RDWR, 0600);
  for (size_t done = 0; done < kFile; done += block.size())
    CHECK_EQ(write(file, block.data(), block.size()), static_cast<ssize_t>(block.size()));
  CHECK_EQ(close(file), 0);
  CHECK_EQ(unlink("f"), 0);
  void* mapping = mmap(nullptr, kMapping, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mapping != MAP_FAILED);
  if (mapping == MAP_FAILED) return;
  const auto* bytes = static_cast<const char*>(mapping);
  CHECK(std::all_of(bytes, bytes + kMapping, [](char byte) { return byte == 0; }));
  memset(mapping, 'y', kMapping);
  CHECK_EQ(munmap(mapping, kMapping), 0);
}

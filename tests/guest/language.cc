// What C++ itself needs: exceptions, streams, random numbers, type information, static objects.
#include <charconv>
#include <cmath>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <locale>
#include <map>
#include <new>
#include <random>
#include <regex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <typeinfo>
#include <variant>

#include "check.h"

namespace {

struct Guard {
  int& count;
  ~Guard() { ++count; }
};

int depth_charge(int depth, int& unwound) {
  const Guard guard{unwound};
  if (depth == 0) throw std::runtime_error("bottom");
  return depth_charge(depth - 1, unwound) + 1;
}

struct Base {
  virtual ~Base() = default;
};
struct Derived : Base {
  int value = 7;
};

struct Static {
  std::string text = "made before main";
} static_object;

}  // namespace

CASE(exceptions_unwind_every_frame) {
  int unwound = 0;
  std::string message;
  try {
    depth_charge(100, unwound);
  } catch (const std::exception& error) {
    message = error.what();
  }
  CHECK_EQ(unwound, 101);
  CHECK_EQ(message, "bottom");
}

CASE(exceptions_cross_threads_and_nest) {
  std::exception_ptr carried;
  std::thread([&] {
    try {
      try {
        throw std::logic_error("inner");
      } catch (...) {
        std::throw_with_nested(std::runtime_error("outer"));
      }
    } catch (...) {
      carried = std::current_exception();
    }
  }).join();
  std::string found;
  try {
    std::rethrow_exception(carried);
  } catch (const std::runtime_error& outer) {
    found = outer.what();
    try {
      std::rethrow_if_nested(outer);
    } catch (const std::logic_error& inner) {
      found += inner.what();
    }
  }
  CHECK_EQ(found, "outerinner");
}

CASE(exceptions_of_many_threads_do_not_meet) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (int round = 0; round < 500; ++round) {
        try {
          throw thread * 1000 + round;
        } catch (const int value) {
          CHECK_EQ(value, thread * 1000 + round);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

CASE(standard_errors_are_thrown) {
  int caught = 0;
  try {
    (void)std::vector<int>().at(1);
  } catch (const std::out_of_range&) {
    ++caught;
  }
  try {
    Base base;
    (void)dynamic_cast<Derived&>(base);
  } catch (const std::bad_cast&) {
    ++caught;
  }
  try {
    (void)std::get<int>(std::variant<int, std::string>("x"));
  } catch (const std::bad_variant_access&) {
    ++caught;
  }
  try {
    volatile size_t huge = SIZE_MAX / 4;
    ::operator delete(::operator new(huge));
  } catch (const std::bad_alloc&) {
    ++caught;
  }
  CHECK_EQ(caught, 4);
}

CASE(type_information_works) {
  Derived derived;
  Base& base = derived;
  CHECK(typeid(base) == typeid(Derived));
  CHECK(dynamic_cast<Derived*>(&base) != nullptr);
  CHECK_EQ(static_object.text, "made before main");
}

CASE(file_streams_write_and_read) {
  {
    std::ofstream out("f");
    out << "number " << 42 << '\n' << std::setprecision(3) << 2.71828 << '\n' << std::hex << 255 << std::endl;
    CHECK(out.good());
  }
  std::ifstream in("f");
  std::string word;
  int number = 0;
  double real = 0;
  in >> word >> number >> real;
  CHECK_EQ(word, "number");
  CHECK_EQ(number, 42);
  CHECK(std::abs(real - 2.72) < 1e-9);
  std::string line;
  std::getline(in, line);
  std::getline(in, line);
  CHECK_EQ(line, "ff");
  CHECK(!std::getline(in, line));
  CHECK(in.eof());
  CHECK(!std::ifstream("no").is_open());
}

CASE(streams_seek_append_and_buffer_much) {
  {
    std::ofstream out("f", std::ios::binary);
    for (int index = 0; index < 100'000; ++index)
      out.write(reinterpret_cast<const char*>(&index), sizeof(index));
  }
  std::fstream both("f", std::ios::in | std::ios::out | std::ios::binary);
  both.seekg(50'000 * 4);
  int value = 0;
  both.read(reinterpret_cast<char*>(&value), 4);
  CHECK_EQ(value, 50'000);
  both.seekp(0, std::ios::end);
  CHECK_EQ(static_cast<long>(both.tellp()), 400'000);
  std::ofstream("f", std::ios::app) << "tail";
  CHECK_EQ(std::filesystem::file_size("f"), 400'004u);
}

CASE(c_streams_work) {
  FILE* file = fopen("f", "w+");
  CHECK(file != nullptr);
  if (file == nullptr) return;
  CHECK_EQ(fprintf(file, "%d %s %.2f\n", 5, "six", 7.0), 11);
  rewind(file);
  int number = 0;
  char word[8] = {};
  CHECK_EQ(fscanf(file, "%d %7s", &number, word), 2);
  CHECK_EQ(number, 5);
  CHECK_EQ(std::string(word), "six");
  CHECK_EQ(fclose(file), 0);
  FILE* temporary = tmpfile();
  CHECK(temporary != nullptr);
  if (temporary != nullptr) fclose(temporary);
  char* text = nullptr;
  size_t size = 0;
  FILE* memory = open_memstream(&text, &size);
  fputs("in memory", memory);
  fclose(memory);
  CHECK_EQ(std::string(text, size), "in memory");
  free(text);
}

CASE(standard_output_takes_everything) {
  for (int index = 0; index < 200; ++index) std::cout << "";
  std::cout << std::flush;
  std::cerr << "";
  CHECK(std::cout.good() && std::cerr.good());
}

CASE(random_numbers_differ_and_are_spread) {
  std::random_device device;
  std::map<unsigned, int> seen;
  for (int index = 0; index < 1000; ++index) ++seen[device() % 8];
  CHECK_EQ(seen.size(), 8u);
  std::mt19937_64 generator(5489);
  generator.discard(9999);
  CHECK_EQ(generator(), 9981545732273789042u);
  unsigned char bytes[64] = {};
  CHECK_EQ(syscall(SYS_getrandom, bytes, sizeof(bytes), 0), 64);
  unsigned char others[64] = {};
  CHECK_EQ(getentropy(others, sizeof(others)), 0);
  CHECK(memcmp(bytes, others, 64) != 0);
  CHECK_ERRNO(syscall(SYS_getrandom, bytes, 1, 0xff00), EINVAL);
  CHECK_ERRNO(syscall(SYS_getrandom, 8, 16, 0), EFAULT);
}

CASE(numbers_texts_and_patterns_work) {
  CHECK_EQ(std::stod("2.5e3"), 2500.0);
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + 32, 0.1);
  CHECK_EQ(std::string(digits, end), "0.1");
  CHECK(std::regex_match("enclave-42", std::regex("[a-z]+-\\d+")));
  CHECK(std::abs(std::sin(1.0) - 0.8414709848078965) < 1e-15);
  CHECK_EQ(std::fma(2.0, 3.0, 4.0), 10.0);
  CHECK_EQ(std::locale::classic().name(), "C");
  CHECK_EQ(std::system_category().message(ENOENT), "No such file or directory");
}

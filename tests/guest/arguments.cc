// What a program is started with. Run it with the argument `echo` and others to see them.
#include <elf.h>
#include <sys/auxv.h>

#include "check.h"

extern char** environ;

CASE(there_is_a_program_name) {
  CHECK(!check::arguments().empty());
  CHECK(!check::arguments()[0].empty());
  CHECK(program_invocation_short_name != nullptr);
}

CASE(the_environment_can_be_read_and_changed) {
  CHECK_EQ(setenv("GUEST_CHECK", "value", 1), 0);
  CHECK_EQ(std::string(getenv("GUEST_CHECK")), "value");
  CHECK_EQ(unsetenv("GUEST_CHECK"), 0);
  CHECK(getenv("GUEST_CHECK") == nullptr);
  CHECK(environ != nullptr);
}

CASE(the_auxiliary_vector_is_complete) {
  CHECK_EQ(getauxval(AT_PAGESZ), 4096u);
  CHECK(getauxval(AT_PHDR) != 0);
  CHECK(getauxval(AT_PHNUM) > 0);
  CHECK(getauxval(AT_ENTRY) != 0);
  const auto* random = reinterpret_cast<const unsigned char*>(getauxval(AT_RANDOM));
  CHECK(random != nullptr);
  bool varied = false;
  for (int index = 1; random != nullptr && index < 16; ++index) varied = varied || random[index] != random[0];
  CHECK(varied);
  CHECK_EQ(getauxval(AT_SECURE), 0u);
}

CASE(a_page_has_4096_bytes) {
  CHECK_EQ(sysconf(_SC_PAGESIZE), 4096);
  CHECK(sysconf(_SC_OPEN_MAX) > 16);
  CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
}

// The C library's own functions, behind those that interpose.cc puts in front of them.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>

namespace strongroom::sgx::real {

// Looks all of them up; before anything else is called.
void find();

int sigaction(int signal, const struct sigaction* action, struct sigaction* old);
int change_signal_mask(int how, const sigset_t* set, sigset_t* old);
// By system calls, since these are called while interposed ones run.
void* mmap(void* address, size_t size, int protection, int flags, int fd, int64_t offset);
int munmap(void* address, size_t size);
int mprotect(void* address, size_t size, int protection);
int close(int fd);

}  // namespace strongroom::sgx::real

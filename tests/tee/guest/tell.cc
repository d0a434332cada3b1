// Prints its arguments and its environment, and copies its input to its output; with "fill N" it writes N
// bytes; with "complain TEXT" it writes that to its error stream and, while it has input, waits.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

int main(int count, char** values, char** environment) {
  const std::string how = count > 1 ? values[1] : "";
  if (how == "copy") {
    std::vector<char> piece(1 << 20);
    ssize_t size;
    while ((size = read(0, piece.data(), piece.size())) > 0)
      for (ssize_t done = 0; done < size;) {
        const ssize_t written = write(1, piece.data() + done, static_cast<size_t>(size - done));
        if (written < 0) return perror("write"), 3;
        done += written;
      }
    return size == 0 ? 0 : 4;
  }
  if (how == "fill") {
    const std::string line(999, 'x');
    for (long left = std::stol(values[2]); left > 0; left -= 1000)
      if (puts(line.c_str()) < 0) return perror("puts"), 3;
    return fflush(stdout) == 0 ? 0 : 3;
  }
  if (how == "complain") {
    fprintf(stderr, "%s\n", values[2]);
    puts("complained");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    return 5;
  }
  if (how == "wait") {
    puts("ready");
    fflush(stdout);
    while (true) pause();
  }
  for (int i = 0; i < count; ++i) printf("[%s]", values[i]);
  printf("\n");
  for (; *environment != nullptr; ++environment) printf("[%s]", *environment);
  printf("\n");
}

// What an application hears and sees of an enclave that runs: events, log, metrics.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <future>

#include "base/file.h"
#include "running.h"

namespace strongroom::tee_test {
namespace {

using host::Event;
using testing::HasSubstr;

class HostApi : public InTee {
 protected:
  void SetUp() override {
    InTee::SetUp();
    if (IsSkipped()) return;
    image_.emplace(image_of(STRONGROOM_TEST_PROGRAMS "/tell", allow_host_arguments));
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    their_input_ = FileDescriptor(ends[0]);
    input_ = FileDescriptor(ends[1]);
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    output_ = FileDescriptor(ends[0]);
    their_output_ = FileDescriptor(ends[1]);
  }
  host::Enclave launch(std::vector<std::string> arguments, std::function<void(const Event&)> on_event = {}) {
    return host::Enclave::launch(*image_, {.tee = GetParam(),
                                           .allow_unsigned = true,
                                           .arguments = std::move(arguments),
                                           .on_event = std::move(on_event),
                                           .standard_input = their_input_.get(),
                                           .standard_output = their_output_.get(),
                                           .standard_error = null_.get()})
        .value();
  }
  void wait_for_output() {
    char byte;
    ASSERT_EQ(read(output_.get(), &byte, 1), 1);
  }
  std::optional<host::Image> image_;
  FileDescriptor their_input_, input_, output_, their_output_;
  const FileDescriptor null_{open("/dev/null", O_RDWR | O_CLOEXEC)};
};

TEST_P(HostApi, TheLogIsWhatTheProgramWroteToItsErrorStream) {
  host::Enclave enclave = launch({"complain", "it is dark in here"});
  wait_for_output();
  EXPECT_EQ(enclave.log().value(), "it is dark in here\n") << "while it runs";
  input_.reset();
  EXPECT_EQ(enclave.wait()->status, 5);
  EXPECT_EQ(enclave.log().value(), "it is dark in here\n") << "and after its end";
}

TEST_P(HostApi, EventsTellOfLaunchAndEndInOrder) {
  std::promise<void> ended;
  std::vector<Event::Kind> kinds;
  std::vector<std::string> texts;
  host::Enclave enclave = launch({"complain", "x"}, [&](const Event& event) {
    kinds.push_back(event.kind);
    texts.push_back(event.text);
    if (event.kind == Event::Kind::kEnded) ended.set_value();
  });
  const size_t warnings = enclave.warnings().size();
  ASSERT_EQ(kinds.size(), 1 + warnings) << "before launch() returns";
  EXPECT_EQ(kinds[0], Event::Kind::kLaunched);
  EXPECT_THAT(texts[0], HasSubstr(std::to_string(enclave.process_id())));
  input_.reset();
  ended.get_future().wait();  // without wait()
  EXPECT_EQ(kinds.back(), Event::Kind::kEnded);
  EXPECT_EQ(texts.back(), "it exited with status 5");
  EXPECT_EQ(enclave.wait()->status, 5);
}

TEST_P(HostApi, AnEnclaveWithEventsMayBeKilledAndDestroyed) {
  std::promise<std::string> told;
  {
    host::Enclave enclave = launch({"wait"}, [&](const Event& event) {
      if (event.kind == Event::Kind::kEnded) told.set_value(event.text);
    });
    enclave.kill();
  }
  EXPECT_EQ(told.get_future().get(), "killed by the application");
}

TEST_P(HostApi, MetricsGrowUntilTheEndAndStayThen) {
  host::Enclave enclave = launch({"complain", "x"});
  wait_for_output();
  const host::Metrics running = enclave.metrics();
  EXPECT_GT(running.launch_time.count(), 0);
  EXPECT_EQ(running.calls.ecalls, 0u);
  EXPECT_GE(enclave.metrics().age, running.age);
  input_.reset();
  ASSERT_TRUE(enclave.wait());
  const auto age = enclave.metrics().age;
  EXPECT_GE(age, running.age);
  usleep(1000);
  EXPECT_EQ(enclave.metrics().age, age);
  EXPECT_EQ(enclave.metrics().processor_time.count(), 0);
}

INSTANTIATE_TEST_SUITE_P(Tees, HostApi, kTees, tee_name);

}  // namespace
}  // namespace strongroom::tee_test

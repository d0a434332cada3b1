// Trains a logistic regression on the Wisconsin Diagnostic Breast Cancer data and tells how well it separates
// malignant from benign tumours. An ordinary program: it reads the CSV from standard input or from the file
// that it is given, and the same input gives the same output, to the byte.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr size_t kFeatures = 30;
using Features = std::array<double, kFeatures>;

struct Patient {
  std::string record;  // the line as it was read
  bool malignant = false;
  Features features{};
};

struct Table {
  std::array<std::string, kFeatures> names;
  std::vector<Patient> patients;
};

struct Model {
  Features mean{};
  Features deviation{};
  Features weights{};
  double intercept = 0;
};

struct Score {
  size_t correct = 0, sick = 0, sick_found = 0, healthy = 0, healthy_found = 0;
  double log_loss = 0;
};

struct Options {
  std::string path;  // empty: standard input
  uint64_t epochs = 20000;
  uint64_t hold_seconds = 0;
  bool time = false;
};

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const size_t comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

template <typename Number>
Number number(std::string_view text, const std::string& where) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error(where + ": \"" + std::string(text) + "\" is not a number");
  return value;
}

Table read_table(std::istream& input) {
  Table table;
  std::string line;
  for (size_t row = 1; std::getline(input, line); ++row) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const std::string where = "line " + std::to_string(row);
    const auto fields = split(line);
    if (fields.size() != kFeatures + 2)
      throw std::runtime_error(where + ": " + std::to_string(fields.size()) +
                               " fields where 32 are expected");
    if (row == 1) {
      std::copy(fields.begin() + 2, fields.end(), table.names.begin());
      continue;
    }
    if (fields[1] != "M" && fields[1] != "B")
      throw std::runtime_error(where + ": the diagnosis is neither M nor B");
    Patient patient{line, fields[1] == "M", {}};
    for (size_t i = 0; i < kFeatures; ++i) patient.features[i] = number<double>(fields[i + 2], where);
    table.patients.push_back(std::move(patient));
  }
  if (table.patients.size() < 10) throw std::runtime_error("the input holds fewer than 10 patients");
  return table;
}

// Fisher and Yates, written out, because std::shuffle may differ from library to library.
void shuffle(std::vector<Patient>& patients) {
  std::mt19937_64 random(569);
  for (size_t i = patients.size() - 1; i > 0; --i) std::swap(patients[i], patients[random() % (i + 1)]);
}

void standardise(Model& model, const std::vector<Patient>& patients, size_t count) {
  for (size_t i = 0; i < kFeatures; ++i) {
    double sum = 0, squares = 0;
    for (size_t p = 0; p < count; ++p) sum += patients[p].features[i];
    model.mean[i] = sum / static_cast<double>(count);
    for (size_t p = 0; p < count; ++p) squares += std::pow(patients[p].features[i] - model.mean[i], 2);
    model.deviation[i] = std::max(std::sqrt(squares / static_cast<double>(count)), 1e-12);
  }
}

Features scaled(const Model& model, const Patient& patient) {
  Features out;
  for (size_t i = 0; i < kFeatures; ++i) out[i] = (patient.features[i] - model.mean[i]) / model.deviation[i];
  return out;
}

double probability(const Model& model, const Features& x) {
  return 1 / (1 + std::exp(-std::inner_product(x.begin(), x.end(), model.weights.begin(), model.intercept)));
}

// Gradient descent over the first `count` patients, with an L2 penalty that makes the optimum unique.
Model train(const std::vector<Patient>& patients, size_t count, uint64_t epochs) {
  constexpr double kRate = 0.2, kPenalty = 0.005;
  Model model;
  standardise(model, patients, count);
  std::vector<Features> rows;
  for (size_t p = 0; p < count; ++p) rows.push_back(scaled(model, patients[p]));
  const double step = kRate / static_cast<double>(count);
  for (uint64_t epoch = 0; epoch < epochs; ++epoch) {
    Features gradient{};
    double intercept_gradient = 0;
    for (size_t p = 0; p < count; ++p) {
      const double error = probability(model, rows[p]) - (patients[p].malignant ? 1 : 0);
      for (size_t i = 0; i < kFeatures; ++i) gradient[i] += error * rows[p][i];
      intercept_gradient += error;
    }
    for (size_t i = 0; i < kFeatures; ++i)
      model.weights[i] -= step * gradient[i] + kRate * kPenalty * model.weights[i];
    model.intercept -= step * intercept_gradient;
  }
  return model;
}

Score evaluate(const Model& model, const std::vector<Patient>& patients, size_t first, size_t last) {
  Score score;
  for (size_t p = first; p < last; ++p) {
    const double chance = probability(model, scaled(model, patients[p]));
    const bool right = (chance >= 0.5) == patients[p].malignant;
    score.correct += right;
    (patients[p].malignant ? score.sick : score.healthy) += 1;
    if (right) (patients[p].malignant ? score.sick_found : score.healthy_found) += 1;
    score.log_loss -= std::log(patients[p].malignant ? chance : 1 - chance);
  }
  score.log_loss /= static_cast<double>(last - first);
  return score;
}

void run(const Options& options) {
  std::ifstream file;
  if (!options.path.empty()) file.open(options.path);
  if (!file) throw std::runtime_error("cannot open " + options.path);
  Table table = read_table(options.path.empty() ? std::cin : file);
  auto& patients = table.patients;
  const auto sick =
      std::count_if(patients.begin(), patients.end(), [](const Patient& p) { return p.malignant; });
  std::printf("%zu patients, %td of them with a malignant tumour; %zu features\n", patients.size(), sick,
              kFeatures);

  shuffle(patients);
  const size_t count = patients.size() * 7 / 10;
  const auto start = std::chrono::steady_clock::now();
  const Model model = train(patients, count, options.epochs);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (options.time) std::fprintf(stderr, "trained in %.3f s\n", took.count());

  std::printf("trained on %zu patients, %ju epochs\n\nmodel\n", count,
              static_cast<uintmax_t>(options.epochs));
  for (size_t i = 0; i < kFeatures; ++i)
    std::printf("  %-34s %+.9f\n", table.names[i].c_str(), model.weights[i]);
  std::printf("  %-34s %+.9f\n\n", "intercept", model.intercept);
  for (const auto& [name, first, last] :
       {std::tuple{"training", size_t{0}, count}, {"test", count, patients.size()}}) {
    const Score score = evaluate(model, patients, first, last);
    std::printf(
        "%-8s accuracy %.6f (%zu of %zu), malignant found %zu of %zu, benign found %zu of %zu, log loss "
        "%.9f\n",
        name, static_cast<double>(score.correct) / static_cast<double>(last - first), score.correct,
        last - first, score.sick_found, score.sick, score.healthy_found, score.healthy, score.log_loss);
  }
  std::fflush(stdout);
  std::this_thread::sleep_for(std::chrono::seconds(options.hold_seconds));
}

constexpr char kHelp[] =
    "Usage: wdbc [OPTIONS] [FILE]\n"
    "Trains and tests a logistic regression on the breast-cancer CSV in FILE, or on standard input.\n\n"
    "  --epochs N      passes over the training data (default 20000)\n"
    "  --hold SECONDS  stay in memory that long after the result\n"
    "  --time          print the time of training on standard error\n"
    "  --help\n";

// False when the program has nothing more to do.
bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto value = [&] {
      if (++i == argc) throw std::runtime_error(argument + " needs a value");
      return number<uint64_t>(argv[i], argument);
    };
    if (argument == "--help") return std::fputs(kHelp, stdout), false;
    if (argument == "--epochs")
      options.epochs = value();
    else if (argument == "--hold")
      options.hold_seconds = value();
    else if (argument == "--time")
      options.time = true;
    else if (argument.starts_with("-") || !options.path.empty())
      throw std::runtime_error("unknown argument " + argument + "; try --help");
    else
      options.path = argument;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Options options;
    if (parse(argc, argv, options)) run(options);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "wdbc: " << error.what() << '\n';
    return 1;
  }
}

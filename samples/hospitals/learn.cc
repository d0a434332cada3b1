#include "learn.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <sstream>
#include <stdexcept>

namespace study {
namespace {

constexpr size_t kFeatures = 30;
constexpr double kRate = 0.2, kPenalty = 0.005;
using Features = std::array<double, kFeatures>;

struct Patient {
  bool malignant = false;
  Features features{};
};

struct Table {
  std::array<std::string, kFeatures> names;
  std::vector<Patient> patients;
};

struct Model {
  Features weights{};
  double intercept = 0;
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
  return fields;
}

// What is wrong with a row is told to its own hospital alone, so no value stands in a message.
double measurement(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    throw std::runtime_error("a measurement is not a number");
  return value;
}

// The number of patients that were added.
size_t read(const Shard& shard, Table& table) {
  std::istringstream in(shard.table);
  const size_t before = table.patients.size();
  std::string line;
  for (bool header = true; std::getline(in, line); header = false) {
    const auto fields = split(line);
    if (fields.size() != kFeatures + 2) throw std::runtime_error("a row has not 32 fields");
    if (header) {
      std::copy(fields.begin() + 2, fields.end(), table.names.begin());
      continue;
    }
    if (fields[1] != "M" && fields[1] != "B") throw std::runtime_error("a diagnosis is neither M nor B");
    Patient patient{fields[1] == "M", {}};
    for (size_t i = 0; i < kFeatures; ++i) patient.features[i] = measurement(fields[i + 2]);
    table.patients.push_back(patient);
  }
  return table.patients.size() - before;
}

void standardise(std::vector<Patient>& patients) {
  const auto count = static_cast<double>(patients.size());
  for (size_t i = 0; i < kFeatures; ++i) {
    double mean = 0, squares = 0;
    for (const Patient& patient : patients) mean += patient.features[i] / count;
    for (const Patient& patient : patients) squares += std::pow(patient.features[i] - mean, 2) / count;
    const double deviation = std::max(std::sqrt(squares), 1e-12);
    for (Patient& patient : patients) patient.features[i] = (patient.features[i] - mean) / deviation;
  }
}

double probability(const Model& model, const Features& x) {
  return 1 / (1 + std::exp(-std::inner_product(x.begin(), x.end(), model.weights.begin(), model.intercept)));
}

// Gradient descent with an L2 penalty, which makes the optimum unique.
Model train(const std::vector<Patient>& patients, unsigned epochs) {
  Model model;
  const double step = kRate / static_cast<double>(patients.size());
  for (unsigned epoch = 0; epoch < epochs; ++epoch) {
    Features gradient{};
    double intercept_gradient = 0;
    for (const Patient& patient : patients) {
      const double error = probability(model, patient.features) - (patient.malignant ? 1 : 0);
      for (size_t i = 0; i < kFeatures; ++i) gradient[i] += error * patient.features[i];
      intercept_gradient += error;
    }
    for (size_t i = 0; i < kFeatures; ++i)
      model.weights[i] -= step * gradient[i] + kRate * kPenalty * model.weights[i];
    model.intercept -= step * intercept_gradient;
  }
  return model;
}

template <typename... Values>
void print(std::string& out, const char* format, Values... values) {
  std::array<char, 160> line;
  std::snprintf(line.data(), line.size(), format, values...);
  out += line.data();
}

}  // namespace

std::string learn(const std::vector<Shard>& shards, unsigned epochs) {
  Table table;
  std::string out;
  for (const Shard& shard : shards)
    print(out, "%-34s %zu patients\n", shard.hospital.c_str(), read(shard, table));
  if (table.patients.size() < 10) throw std::runtime_error("fewer than 10 patients in all");
  standardise(table.patients);
  const Model model = train(table.patients, epochs);
  for (size_t i = 0; i < kFeatures; ++i)
    print(out, "%-34s %+.9f\n", table.names[i].c_str(), model.weights[i]);
  print(out, "%-34s %+.9f\n", "intercept", model.intercept);
  const auto right = std::count_if(table.patients.begin(), table.patients.end(), [&](const Patient& patient) {
    return (probability(model, patient.features) >= 0.5) == patient.malignant;
  });
  print(out, "right about %td of %zu patients\n", right, table.patients.size());
  return out;
}

}  // namespace study

// What the study computes: a logistic regression over the union of the hospitals' rows. samples/wdbc
// describes the data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace study {

struct Shard {
  std::string hospital;
  std::string table;  // CSV with a header: id, diagnosis (M or B), features
};

// The model as text; the same shards in the same order give the same model, to the byte. Throws
// std::runtime_error on tables that are none.
std::string learn(const std::vector<Shard>& shards, unsigned epochs);

}  // namespace study

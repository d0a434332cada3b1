// The files that generate() puts together.
#pragma once

#include "edge/generate.h"
#include "edge/plan.h"

namespace strongroom::edl {

// The interface with both of its function lists planned.
struct PlannedInterface {
  const Interface& interface;
  std::vector<PlannedFunction> ecalls;
  std::vector<PlannedFunction> ocalls;
};

GeneratedFile generate_types(const PlannedInterface& planned);
GeneratedFile generate_host_header(const PlannedInterface& planned);
GeneratedFile generate_host_source(const PlannedInterface& planned);
GeneratedFile generate_enclave_header(const PlannedInterface& planned);
GeneratedFile generate_enclave_source(const PlannedInterface& planned);
std::vector<GeneratedFile> generate_c(const PlannedInterface& planned, const GenerateOptions& options);

// The first lines of each file.
std::string banner(const Interface& interface, std::string_view purpose);
// #include lines of the EDL file's headers for one side.
std::string headers_of(const Interface& interface, Side side);
// struct, union and enum definitions.
std::string definitions(const Interface& interface);
// The specialisations of Layout.
std::string layouts(const Interface& interface);
// The entries of the callee's table; `owner` stands before the function's name.
std::string entries(const PlannedInterface& planned, const std::vector<PlannedFunction>& functions,
                    std::string_view owner);

}  // namespace strongroom::edl

// The files of a new project.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strongroom::cli {

struct ProjectFile {
  std::string path;  // relative to the project
  std::string content;
};

// `name`: letters, digits, - and _.
std::vector<ProjectFile> project_files(std::string_view name);
// The same for a project of an application and its enclave.
std::vector<ProjectFile> partitioned_project_files(std::string_view name);

}  // namespace strongroom::cli

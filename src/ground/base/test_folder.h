// A folder of files for a test, which goes away with it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "ground/base/result.h"

namespace aizuchi::ground::test {

class TestFolder {
 public:
  explicit TestFolder(const std::map<std::string, std::string>& files = {}) {
    std::string name = (std::filesystem::temp_directory_path() / "aizuchi-test-XXXXXX").string();
    AIZ_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    for (const auto& [file, text] : files) std::ofstream(*this / file, std::ios::binary) << text;
  }
  ~TestFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace aizuchi::ground::test

// A folder of files for a test, which goes away with it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "ground/base/result.h"

namespace aizuchi::serve {

class TestFolder {
 public:
  explicit TestFolder(const std::map<std::string, std::string>& files) {
    std::string name =
        (std::filesystem::temp_directory_path() / "aizuchi-evaluate-XXXXXX").string();
    AIZ_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    for (const auto& [file, text] : files)
      std::ofstream(path_ + "/" + file, std::ios::binary) << text;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace aizuchi::serve

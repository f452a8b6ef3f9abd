// The sample as it is embedded in this binary: the brand folder, the scenes, the page and its
// drawings, so that `aizuchi demo` needs no file. Threads: any. Cost: none.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ground/catalog/brand_folder.h"

namespace aizuchi::serve {

// The bytes of a file below demo/ ("page/index.html"); its data() is null when there is none.
std::string_view demo_file(std::string_view path);

// What the stage is set up from.
struct DemoFiles {
  ground::BrandFiles brand;                                 // demo/tsumugi
  std::vector<std::pair<std::string, std::string>> scenes;  // name and JSON, in order of names
  std::string refused_item;                                 // demo/scenes/refused-item.yaml
};
DemoFiles demo_files();

}  // namespace aizuchi::serve

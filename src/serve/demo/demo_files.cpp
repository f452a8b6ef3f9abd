#include "serve/demo/demo_files.h"

#include <span>

extern "C" {
struct AizuchiDemoEntry {
  const char* path;
  const char* begin;
  const char* end;
};
extern const AizuchiDemoEntry aizuchi_demo_table[];
extern const AizuchiDemoEntry aizuchi_demo_table_end[];
}

namespace aizuchi::serve {

namespace {

std::span<const AizuchiDemoEntry> table() {
  return {aizuchi_demo_table, aizuchi_demo_table_end};
}

std::string_view bytes_of(const AizuchiDemoEntry& entry) {
  return {entry.begin, static_cast<size_t>(entry.end - entry.begin)};
}

}  // namespace

std::string_view demo_file(std::string_view path) {
  for (const AizuchiDemoEntry& entry : table())
    if (path == entry.path) return bytes_of(entry);
  return {};
}

DemoFiles demo_files() {
  constexpr std::string_view brand = "tsumugi/", scenes = "scenes/";
  DemoFiles out;
  for (const AizuchiDemoEntry& entry : table()) {
    const std::string_view path = entry.path;
    if (path.starts_with(brand))
      out.brand.files.emplace(path.substr(brand.size()), bytes_of(entry));
    else if (path.starts_with(scenes) && path.ends_with(".json"))
      out.scenes.emplace_back(path.substr(scenes.size()), bytes_of(entry));
    else if (path == "scenes/refused-item.yaml")
      out.refused_item = bytes_of(entry);
  }
  return out;
}

}  // namespace aizuchi::serve

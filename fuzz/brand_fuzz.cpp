// compile_brand() on any bytes: as items.yaml, facts.yaml and a catalog beside a small brand that
// is whole. The first byte chooses which file the rest is. Never a crash, never a snapshot beside
// an error, and the same bytes give the same findings. A brand is compiled a thousand times a
// second: of what is no YAML at all one in sixteen, and of the rest one in sixteen twice.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ground/base/hash.h"
#include "ground/catalog/brand_folder.h"
#include "ground/catalog/yaml_tree.h"

namespace {

using namespace aizuchi::ground;

BrandFiles rest_of_the_brand() {
  BrandFiles out;
  out.files["brand.yaml"] =
      "brand: b\nname: B\nlocales: [ja, en]\ntimezone: '+09:00'\nphases: [new, old]\n";
  out.files["creed.yaml"] = "axes: {quiet: {says: quiet, evidence: yes}}\n";
  out.files["purposes.yaml"] = "purposes: {layout: {basis: notice, says: to arrange}}\n";
  out.files["contexts.yaml"] =
      "contexts: {browsing: {}, page: {shows: true, continues: [browsing]}}\n";
  out.files["sources.yaml"] =
      "sources: {web: {context: browsing, purposes: [layout], says: web}}\n";
  out.files["facts.yaml"] = "facts: {job: {type: string, label: job, purposes: [layout]}}\n";
  out.files["slots/a.yaml"] = "slots: {hero: {context: page, purpose: layout, fallback: base}}\n";
  out.files["items/a.yaml"] = "- {id: base, slot: hero, wordings: [{say: {title: Hello}}]}\n";
  return out;
}

constexpr const char* targets[] = {"items/fuzz.yaml", "facts.yaml",      "slots/fuzz.yaml",
                                   "products.csv",    "products.ndjson", "contexts.yaml",
                                   "audiences.yaml",  "brand.yaml"};

Compiled compile(const BrandFiles& files) {
  Vocabulary vocabulary;
  Compiled out = compile_brand(files, vocabulary, 1);
  bool error = false;
  for (const Finding& finding : out.findings) {
    error = error || finding.severity == Severity::error;
    if (format_finding(finding).empty()) std::abort();
  }
  if (error == (out.snapshot != nullptr)) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const BrandFiles whole = rest_of_the_brand();
  const std::string_view name = targets[data[0] % std::size(targets)];
  std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const bool chosen = mix64(size + data[size - 1]) % 16 == 0;
  if (!chosen && name.ends_with(".yaml") && !catalog::parse_yaml(text, name)) return 0;
  BrandFiles files = whole;
  files.files[std::string(name)] = std::move(text);
  const Compiled once = compile(files);
  if (!chosen) return 0;
  if (once.findings.size() != compile(files).findings.size()) std::abort();
  plan_changes(whole, files);
  return 0;
}

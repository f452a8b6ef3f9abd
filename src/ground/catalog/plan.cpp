// What a publish would change, from the files alone: also a folder that does not compile can be
// compared. Entries are matched by kind and name, wherever their file is.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/catalog/brand_folder.h"
#include "ground/catalog/csv.h"
#include "ground/catalog/yaml_tree.h"

namespace aizuchi::ground {

namespace {

using catalog::YamlNode;

constexpr size_t products_named_max = 50;

// key -> its value in a form that is equal when the meaning is.
using Parts = std::map<std::string, std::string>;
// kind -> name -> parts
using Brand = std::map<std::string, std::map<std::string, Parts>>;

std::string flat(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "~";
    case YamlNode::Kind::scalar: {
      std::string out;
      append_json_string(out, node.text);
      return out;
    }
    case YamlNode::Kind::list: {
      std::string out = "[";
      for (const YamlNode& item : node.items) out += flat(item) + ",";
      return out + "]";
    }
    case YamlNode::Kind::map: {
      std::map<std::string, std::string> sorted;  // the order of keys says nothing
      for (const auto& [key, value] : node.entries) sorted[key.text] = flat(value);
      std::string out = "{";
      for (const auto& [key, value] : sorted) {
        append_json_string(out, key);
        out += ":" + value + ",";
      }
      return out + "}";
    }
  }
  return {};
}

Parts parts_of(const YamlNode& node) {
  Parts out;
  if (node.is(YamlNode::Kind::map))
    for (const auto& [key, value] : node.entries) out[key.text] = flat(value);
  else
    out[""] = flat(node);
  return out;
}

void add_entries(Brand& brand, const std::string& kind, const YamlNode& map, std::string_view key) {
  const YamlNode* entries = &map;
  if (map.entries.size() == 1 && map.entries[0].first.text == key) entries = &map.entries[0].second;
  for (const auto& [name, value] : entries->entries) brand[kind][name.text] = parts_of(value);
}

void add_contexts(Brand& brand, const YamlNode& root) {
  if (const YamlNode* contexts = root.find("contexts"))
    add_entries(brand, "context", *contexts, "");
  if (const YamlNode* settings = root.find("settings"))
    add_entries(brand, "setting", *settings, "");
  if (const YamlNode* norms = root.find("norms"))
    for (const YamlNode& norm : norms->items)
      if (const YamlNode* name = norm.find("name")) brand["norm"][name->text] = parts_of(norm);
}

void add_population(Brand& brand, const YamlNode& root) {
  if (const YamlNode* deciles = root.find("deciles")) add_entries(brand, "decile", *deciles, "");
  for (const auto& [key, value] : root.entries)
    if (key.text != "deciles") brand["population"][key.text] = parts_of(value);
}

void add_listed(Brand& brand, const std::string& kind, const YamlNode& root) {
  for (const YamlNode& one : root.items)
    if (const YamlNode* id = one.find("id")) brand[kind][id->text] = parts_of(one);
}

void add_csv(Brand& brand, std::string_view bytes) {
  catalog::CsvReader csv(bytes);
  std::vector<catalog::CsvField> head;
  std::vector<catalog::CsvField> row;
  if (!csv.next(head)) return;
  const auto id = std::ranges::find(head, std::string_view("id"), &catalog::CsvField::text);
  const auto id_at = static_cast<size_t>(id - head.begin());
  while (csv.next(row)) {
    if (id_at >= row.size()) continue;
    Parts& parts = brand["product"][row[id_at].text];
    for (size_t i = 0; i < row.size() && i < head.size(); ++i) parts[head[i].text] = row[i].text;
  }
}

void add_ndjson(Brand& brand, std::string_view bytes) {
  for (const std::string_view line : split(bytes, '\n')) {
    if (trim(line).empty()) continue;
    const auto product = parse_json(trim(line));
    const Value* id = product ? product->find("id") : nullptr;
    if (id == nullptr) continue;
    Parts& parts = brand["product"][to_display(*id)];
    for (const auto& [key, value] : product->as_map()) parts[to_display(key)] = to_json(value);
  }
}

void add_yaml(Brand& brand, const std::string& path, const std::string& bytes) {
  static const std::map<std::string, std::pair<std::string, std::string>> kinds = {
      {"creed.yaml", {"axis", "axes"}},
      {"purposes.yaml", {"purpose", "purposes"}},
      {"recipients.yaml", {"recipient", "recipients"}},
      {"sources.yaml", {"source", "sources"}},
      {"events.yaml", {"event", "events"}},
      {"facts.yaml", {"fact", "facts"}},
      {"phases.yaml", {"phase", "phases"}},
      {"concerns.yaml", {"concern", "concerns"}},
      {"expectations.yaml", {"expectation", "expectations"}},
      {"audiences.yaml", {"audience", "audiences"}}};
  const auto root = catalog::parse_yaml(bytes, path);
  const auto kind = kinds.find(path);
  if (!root)
    brand["file"][path][""] = bytes;
  else if (kind != kinds.end())
    add_entries(brand, kind->second.first, *root, kind->second.second);
  else if (path == "contexts.yaml")
    add_contexts(brand, *root);
  else if (path == "population.yaml")
    add_population(brand, *root);
  else if (path == "questions.yaml")
    add_listed(brand, "question", *root);
  else if (path.starts_with("slots/"))
    add_entries(brand, "slot", *root, "slots");
  else if (path.starts_with("items/"))
    add_listed(brand, "item", *root);
  else
    brand["file"][path] = parts_of(*root);
}

Brand brand_of(const BrandFiles& files) {
  Brand brand;
  for (const auto& [path, bytes] : files.files) {
    if (path.ends_with(".csv"))
      add_csv(brand, bytes);
    else if (path.ends_with(".ndjson"))
      add_ndjson(brand, bytes);
    else
      add_yaml(brand, path, bytes);
  }
  return brand;
}

std::string changed_keys(const Parts& before, const Parts& after) {
  std::string out;
  const auto note = [&](const std::string& key) {
    if (!key.empty()) out += (out.empty() ? ": " : ", ") + key;
  };
  for (const auto& [key, value] : after) {
    const auto it = before.find(key);
    if (it == before.end() || it->second != value) note(key);
  }
  for (const auto& [key, value] : before)
    if (!after.contains(key)) note(key);
  return out;
}

// Removals stand first where lines are left out: they are what must not be overlooked.
void compare(const std::string& kind, const std::map<std::string, Parts>& before,
             const std::map<std::string, Parts>& after, Changes& out) {
  std::vector<std::string> lines, gone;
  for (const auto& [name, parts] : after) {
    const auto it = before.find(name);
    if (it == before.end()) {
      lines.push_back(fmt::format("+ {} {}", kind, name));
      ++out.added;
    } else if (it->second != parts) {
      lines.push_back(fmt::format("~ {} {}{}", kind, name, changed_keys(it->second, parts)));
      ++out.changed;
    }
  }
  for (const auto& [name, parts] : before)
    if (!after.contains(name)) gone.push_back(fmt::format("- {} {}", kind, name));
  out.removed += gone.size();
  const bool cut = kind == "product" && lines.size() + gone.size() > products_named_max;
  lines.insert(cut ? lines.begin() : lines.end(), gone.begin(), gone.end());
  if (cut) {
    const size_t more = lines.size() - products_named_max;
    lines.resize(products_named_max);
    lines.push_back(fmt::format("… and {} more products", more));
  }
  std::ranges::move(lines, std::back_inserter(out.lines));
}

}  // namespace

Changes plan_changes(const BrandFiles& before, const BrandFiles& after) {
  Brand old_brand = brand_of(before);
  Brand new_brand = brand_of(after);
  for (const auto& [kind, names] : old_brand) new_brand[kind];
  Changes out;
  for (const auto& [kind, names] : new_brand) compare(kind, old_brand[kind], names, out);
  return out;
}

}  // namespace aizuchi::ground

#include "catalog.h"

#include <filesystem>

#include "text.h"

namespace grocery {

namespace {

enum Field : size_t { product_id, department, brand, category, type, package_size };

std::string unless_na(const std::string& text) {
  return text == "NA" ? "" : text;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

// The kind of thing, in its size: the data has no other name for it.
std::string name_of(const Row& row) {
  for (const Field field : {type, category, department}) {
    if (row.fields[field] == "NA" || row.fields[field].empty()) continue;
    const std::string size = unless_na(row.fields[package_size]);
    return size.empty() ? row.fields[field] : row.fields[field] + ", " + size;
  }
  return "Product " + row.fields[product_id];
}

// A tag list is split at semicolons.
std::string tag(std::string text) {
  for (char& c : text)
    if (c == ';') c = ',';
  return text;
}

}  // namespace

std::set<std::string> read_list(const std::string& path) {
  std::set<std::string> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line[0] != '#') out.insert(line);
  return out;
}

Catalog import_products(const std::string& data, const std::string& brand_folder,
                        const std::set<std::string>& sensitive, ErrorFile& errors,
                        Progress& progress) {
  Catalog out;
  const std::string path = data + "/products.csv";
  std::ifstream in(path, std::ios::binary);
  Table table(
      in, "products.csv",
      {"product_id", "department", "brand", "product_category", "product_type", "package_size"});
  out.problem = table.problem();
  if (!out.problem.empty()) return out;
  progress.begin("products", std::filesystem::file_size(path));
  std::ofstream products(brand_folder + "/products.csv", std::ios::binary);
  products << "id,name.en,name.ja,category,tags,sensitive\n";
  std::unordered_map<std::string, size_t> lines;
  Row row;
  while (table.next(row, errors)) {
    progress.at(table.bytes());
    const std::string& id = row.fields[product_id];
    if (!is_number(id)) {
      errors.add(table.error(row, product_id, "a product number"));
      continue;
    }
    const auto [first, fresh] = lines.emplace(id, row.line);
    if (!fresh) {
      errors.add(table.error(row, product_id,
                             "each product once: it is on line " + std::to_string(first->second)));
      continue;
    }
    Shelf shelf{unless_na(row.fields[department]), unless_na(row.fields[category])};
    const bool withheld = sensitive.contains(shelf.category);
    const std::string name = quoted(name_of(row));
    products << id << ',' << name << ',' << name << ',' << quoted(shelf.category) << ','
             << quoted(tag(shelf.department) + ";" + tag(row.fields[brand])) << ','
             << (withheld ? "true" : "false") << '\n';
    out.sensitive += withheld ? 1 : 0;
    out.shelves.emplace(id, std::move(shelf));
  }
  progress.end();
  out.rows = table.rows();
  out.products = out.shelves.size();
  if (!products.flush()) out.problem = brand_folder + "/products.csv could not be written";
  return out;
}

}  // namespace grocery

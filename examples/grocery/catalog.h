// products.csv of the data, as the products.csv of a brand folder: what can be bought, where it
// stands in the shop, and which of it must count towards nothing.
#pragma once

#include <set>
#include <string>
#include <unordered_map>

#include "progress.h"
#include "table.h"

namespace grocery {

struct Shelf {
  std::string department, category;  // "" where the data says NA
};

struct Catalog {
  std::unordered_map<std::string, Shelf> shelves;  // by product id
  size_t rows = 0, products = 0, sensitive = 0;
  std::string problem;  // "" when the table could be read
};

// Lines of a text file that are neither empty nor a comment.
std::set<std::string> read_list(const std::string& path);
// Reads the data's table and writes the brand's beside its other files.
Catalog import_products(const std::string& data, const std::string& brand,
                        const std::set<std::string>& sensitive, ErrorFile& errors,
                        Progress& progress);

}  // namespace grocery

// products.csv and products.ndjson: the catalog, one product a row. Both read into the same
// columns:
//   id, name or name.<locale>, category, price, url, image, tags (a;b), axes (quiet:0.6;craft:0.2),
//   stock, from, until, sensitive
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/catalog/csv.h"
#include "ground/catalog/dates.h"
#include "ground/catalog/fields.h"
#include "ground/catalog/parse.h"
#include "ground/template/escape.h"

namespace aizuchi::ground::catalog {

namespace {

constexpr size_t products_max = 1'000'000;

enum class Column : uint8_t {
  id,
  name,
  category,
  price,
  url,
  image,
  tags,
  axes,
  stock,
  from,
  until,
  sensitive,
  later,
};
constexpr std::array<std::string_view, 12> column_words = {
    "id",   "name", "category", "price", "url",   "image",
    "tags", "axes", "stock",    "from",  "until", "sensitive"};

struct Meaning {
  Column column = Column::later;
  std::optional<size_t> locale;  // of name.<locale>
};

std::optional<Meaning> column_named(Draft& draft, const At& name) {
  if (name.text == "fits") {
    draft.error(name, "not-supported-yet", "not supported yet: fits of a product");
    return std::nullopt;
  }
  if (name.text.starts_with("name.")) {
    const auto locale = draft.locale(name.text.substr(5));
    if (locale) return Meaning{Column::name, locale};
    draft.error(
        name, "unknown-locale",
        fmt::format("expected one of the brand's locales ({})", list_of(draft.out.locales)));
    return std::nullopt;
  }
  const auto it = std::ranges::find(column_words, name.text);
  if (it != column_words.end())
    return Meaning{static_cast<Column>(it - column_words.begin()), std::nullopt};
  std::vector<std::string> known(column_words.begin(), column_words.end());
  for (const std::string& locale : draft.out.locales) known.push_back("name." + locale);
  draft.error(
      name, "unknown-column",
      fmt::format("expected one of {}{}", list_of(known, 20), did_you_mean(name.text, known)));
  return std::nullopt;
}

void read_axes(Draft& draft, const At& cell, Product& product) {
  for (const std::string_view pair : split(cell.text, ';')) {
    const std::string_view one = trim(pair);
    if (one.empty()) continue;
    const size_t colon = one.find(':');
    const auto weight = colon == std::string_view::npos ? std::optional<double>()
                                                        : read_number(trim(one.substr(colon + 1)));
    if (!weight || *weight < -1 || *weight > 1) {
      draft.error(cell, "wrong-value", "expected axes such as quiet:0.6;craft:0.2, from -1 to 1");
      continue;
    }
    const At name{std::string(trim(one.substr(0, colon))), cell.place};
    if (const auto position = draft.resolve(draft.axes, name))
      product.values.emplace_back(draft.out.axes[*position].id, *weight);
  }
}

void read_link(Draft& draft, const At& cell, std::string& out) {
  out = cell.text;
  if (!safe_url(out))
    draft.error(cell, "url-scheme", "expected https://, http:// or a path on the same site");
}

void read_cell(Draft& draft, Meaning meaning, const At& cell, Product& product) {
  switch (meaning.column) {
    case Column::id:
      product.name_id = cell.text;
      return;
    case Column::name:
      for (size_t i = 0; i < product.name.by_locale.size(); ++i)
        if (!meaning.locale || *meaning.locale == i) product.name.by_locale[i] = cell.text;
      return;
    case Column::category:
      product.category = cell.text;
      return;
    case Column::price: {
      const auto price = read_number(cell.text);
      if (!price || *price < 0)
        draft.error(cell, "wrong-value", "expected a price such as 1480 or 12.50");
      product.price = price.value_or(0);
      return;
    }
    case Column::url:
      return read_link(draft, cell, product.url);
    case Column::image:
      return read_link(draft, cell, product.image);
    case Column::tags:
      for (const std::string_view tag : split(cell.text, ';'))
        if (!trim(tag).empty()) product.tags.emplace_back(trim(tag));
      return;
    case Column::axes:
      return read_axes(draft, cell, product);
    case Column::stock:
      product.stock = read_integer(cell.text);
      if (!product.stock || *product.stock < 0)
        draft.error(cell, "wrong-value", "expected a whole number in stock, or nothing");
      return;
    case Column::from:
      product.from = read_start(draft, cell);
      return;
    case Column::until:
      product.until = read_end(draft, cell);
      return;
    case Column::sensitive: {
      const auto sensitive = read_bool(cell.text);
      if (!sensitive) draft.error(cell, "wrong-value", "expected true or false");
      product.sensitive = sensitive.value_or(true);
      return;
    }
    case Column::later:
      return;
  }
}

class Products {
 public:
  explicit Products(Draft& draft) : draft_(draft) {}

  Product begin() const {
    Product product;
    product.id = {static_cast<uint32_t>(draft_.out.products.size())};
    product.name.by_locale.resize(draft_.out.locales.size());
    return product;
  }

  void add(Product product, const Place& row) {
    if (product.name_id.empty() || product.name_id.size() > 200) {
      draft_.error(row, "missing-id", product.name_id,
                   "a product needs an id of at most 200 bytes");
      return;
    }
    for (size_t i = 0; i < product.name.by_locale.size(); ++i)
      if (trim(product.name.by_locale[i]).empty())
        draft_.error(row, "missing-locale", draft_.out.locales[i],
                     fmt::format("the product '{}' needs a name in every locale", product.name_id));
    if (product.from >= product.until)
      draft_.error(row, "wrong-value", product.name_id, "expected from before until");
    const auto [it, fresh] = lines_.emplace(product.name_id, row.line);
    if (!fresh) {
      draft_.error(row, "duplicate-product", product.name_id,
                   fmt::format("expected each id once: it is on line {} too", it->second));
      return;
    }
    product.key = item_key("product", product.name_id);
    draft_.out.products.push_back(std::move(product));
  }

 private:
  Draft& draft_;
  std::unordered_map<std::string, uint32_t> lines_;
};

void read_csv(Draft& draft, const std::string& path, std::string_view bytes) {
  CsvReader csv(bytes);
  std::vector<CsvField> row;
  std::vector<std::optional<Meaning>> columns;
  std::vector<std::string> seen;
  const auto place = [&](const CsvField& field) { return Place{path, field.line, field.column}; };
  if (csv.next(row)) {
    for (const CsvField& field : row) {
      const At name{std::string(trim(field.text)), place(field)};
      columns.push_back(column_named(draft, name));
      if (std::ranges::find(seen, name.text) != seen.end())
        draft.error(name, "wrong-value", "expected each column once");
      seen.push_back(name.text);
    }
    if (std::ranges::find(seen, "id") == seen.end())
      draft.error({path, 1, 1}, "missing-id", "", "expected a column id in the first line");
  }
  Products products(draft);
  while (csv.next(row)) {
    const Place start = place(row[0]);
    if (row.size() != columns.size()) {
      draft.error(start, "wrong-row", "",
                  fmt::format("expected {} fields as in the first line, found {}", columns.size(),
                              row.size()));
      continue;
    }
    Product product = products.begin();
    for (size_t i = 0; i < row.size(); ++i)
      if (columns[i] && !row[i].text.empty())
        read_cell(draft, *columns[i], {std::move(row[i].text), place(row[i])}, product);
    products.add(std::move(product), start);
    if (draft.out.products.size() > products_max) break;
  }
  if (!csv.error().empty()) draft.error({path, csv.line(), 0}, "wrong-row", "", csv.error());
}

// A JSON value as the text that a CSV cell would hold; nullopt when it cannot be one.
std::optional<std::string> cell_text(const Value& value) {
  std::string out;
  if (value.is(Value::Kind::list)) {
    for (const Value& item : value.as_list()) {
      if (!item.is(Value::Kind::string)) return std::nullopt;
      out += (out.empty() ? "" : ";") + item.as_string();
    }
    return out;
  }
  if (value.is(Value::Kind::map)) {
    for (const auto& [key, weight] : value.as_map())
      out += (out.empty() ? "" : ";") + to_display(key) + ":" + to_display(weight);
    return out;
  }
  return to_display(value);
}

void read_member(Draft& draft, const At& name, const Value& value, Product& product) {
  const auto meaning = column_named(draft, name);
  if (!meaning || value.is_null()) return;
  if (meaning->column == Column::name && value.is(Value::Kind::map)) {
    for (const auto& [locale, text] : value.as_map())
      read_member(draft, {"name." + to_display(locale), name.place}, text, product);
    return;
  }
  const bool list = meaning->column == Column::tags;
  const bool map = meaning->column == Column::axes;
  const auto text = cell_text(value);
  if (!text || value.is(Value::Kind::list) != (list && !value.is(Value::Kind::string)) ||
      (value.is(Value::Kind::map) && !map)) {
    draft.error(name, "wrong-value",
                list  ? "expected a list of words"
                : map ? "expected {axis: weight}"
                      : "expected a text or a number");
    return;
  }
  if (!text->empty()) read_cell(draft, *meaning, {*text, name.place}, product);
}

void read_ndjson(Draft& draft, const std::string& path, std::string_view bytes) {
  Products products(draft);
  uint32_t line = 0;
  for (const std::string_view one : split(bytes, '\n')) {
    ++line;
    if (trim(one).empty()) continue;
    const Place place{path, line, 1};
    const auto json = parse_json(trim(one));
    if (!json || !json->is(Value::Kind::map)) {
      draft.error(place, "wrong-row", "",
                  json ? "expected one JSON object a line" : json.error().message);
      continue;
    }
    Product product = products.begin();
    for (const auto& [key, value] : json->as_map())
      read_member(draft, {key.as_string(), place}, value, product);
    products.add(std::move(product), place);
    if (draft.out.products.size() > products_max) break;
  }
}

// Line by line, so that the finding names the line.
bool readable(Draft& draft, const std::string& path, std::string_view bytes) {
  if (valid_utf8(bytes)) return true;
  uint32_t line = 0;
  for (const std::string_view one : split(bytes, '\n')) {
    ++line;
    if (valid_utf8(one)) continue;
    draft.error({path, line, 0}, "not-utf8", "", "this line is not UTF-8: save the file as UTF-8");
    return false;
  }
  return false;
}

}  // namespace

std::span<const std::string_view> product_columns() {
  return column_words;
}

void parse_products(Draft& draft) {
  const auto csv = draft.files.files.find("products.csv");
  const auto ndjson = draft.files.files.find("products.ndjson");
  const bool has_csv = csv != draft.files.files.end();
  const bool has_ndjson = ndjson != draft.files.files.end();
  if (has_csv && has_ndjson) {
    draft.error({"products.ndjson", 0, 0}, "two-catalogs", "products.ndjson",
                "expected products.csv or products.ndjson, not both");
    return;
  }
  if (has_csv && readable(draft, csv->first, csv->second)) read_csv(draft, csv->first, csv->second);
  if (has_ndjson && readable(draft, ndjson->first, ndjson->second))
    read_ndjson(draft, ndjson->first, ndjson->second);
  if (draft.out.products.size() > products_max)
    draft.error({has_csv ? "products.csv" : "products.ndjson", 0, 0}, "too-large", "",
                fmt::format("expected at most {} products", products_max));
}

}  // namespace aizuchi::ground::catalog

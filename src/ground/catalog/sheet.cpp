#include "ground/catalog/sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "ground/base/hash.h"
#include "ground/base/text.h"
#include "ground/catalog/condition_words.h"
#include "ground/catalog/findings.h"
#include "ground/catalog/snapshot.h"
#include "ground/catalog/yaml_edit.h"

namespace aizuchi::ground {

using catalog::parse_yaml;
using catalog::TextEdit;
using catalog::YamlNode;
using catalog::YamlPath;

namespace {

// A wording where it stands in its file.
struct Found {
  std::string file;
  YamlPath say;                         // the way to its say:
  std::map<std::string, YamlPath> way;  // to each text, by column
  std::vector<std::string> order;       // of the columns, as the file has them
  SheetRow row;
};

std::string text_of(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  if (found == nullptr) return "";
  if (!found->is(YamlNode::Kind::list)) return found->text;
  std::string out;
  for (const YamlNode& item : found->items) out += (out.empty() ? "" : ", ") + item.text;
  return out;
}

YamlPath below(YamlPath path, std::string_view key) {
  path.emplace_back(key);
  return path;
}

std::string check_of(const std::map<std::string, std::string>& texts) {
  std::string all;
  for (const auto& [column, text] : texts) all += fmt::format("{}\x1f{}\x1e", column, text);
  return "r" + hex(sha256(all)).substr(0, 10);  // digits alone a spreadsheet would calculate with
}

class Finder {
 public:
  Finder(const BrandFiles& files, const Snapshot* brand) : brand_(brand) {
    for (const auto& [path, bytes] : files.files) {
      if (!path.starts_with("items/")) continue;
      const auto tree = parse_yaml(bytes, path);
      if (!tree) continue;
      for (size_t i = 0; i < tree->items.size(); ++i)
        read_item(path, tree->items[i], {std::to_string(i)});
    }
  }
  std::vector<Found> take() { return std::move(found_); }

 private:
  void read_item(const std::string& file, const YamlNode& item, const YamlPath& at) {
    const YamlNode* wordings = item.find("wordings");
    if (wordings == nullptr) return;
    const std::string when = text_of(item, "when");
    for (size_t i = 0; i < wordings->items.size(); ++i) {
      const YamlNode& wording = wordings->items[i];
      const std::string own = text_of(wording, "when");
      Found out{.file = file, .say = at, .way = {}, .row = {}};
      for (const char* step : {"wordings", "", "say"}) out.say.emplace_back(step);
      out.say[at.size() + 1] = std::to_string(i);
      const std::string id = text_of(wording, "id");
      out.row = {
          .item = text_of(item, "id"),
          .wording = id.empty() ? "default" : id,
          .slot = text_of(item, "slot"),
          .title = text_of(item, "title"),
          .condition = in_words(when, own),
          .rule = when.empty() || own.empty() ? when + own : fmt::format("({}) && ({})", when, own),
          .texts = {},
          .check = {},
          .place = wording.place};
      if (const YamlNode* say = wording.find("say")) read_say(*say, out);
      out.row.check = check_of(out.row.texts);
      found_.push_back(std::move(out));
    }
  }

  std::string in_words(const std::string& item, const std::string& wording) const {
    std::string out;
    for (const std::string& rule : {item, wording}) {
      if (rule.empty() || brand_ == nullptr) continue;
      const auto words = condition_in_words(rule, *brand_, LocaleId{0});
      out += (out.empty() ? "" : " / ") + words.value_or(rule);
    }
    return out;
  }

  static void read_say(const YamlNode& say, Found& out) {
    for (const auto& [tag, value] : say.entries) {
      if (!value.is(YamlNode::Kind::map)) {
        out.order.push_back(tag.text);
        out.row.texts[tag.text] = value.text;
        out.way[tag.text] = below(out.say, tag.text);
        continue;
      }
      for (const auto& [field, text] : value.entries) {
        const std::string column = fmt::format("{}.{}", field.text, tag.text);
        out.order.push_back(column);
        out.row.texts[column] = text.text;
        out.way[column] = below(below(out.say, tag.text), field.text);
      }
    }
  }

  const Snapshot* brand_;
  std::vector<Found> found_;
};

// "title.ja", "title.en", "cta.ja" …: fields in the order they come, the locales of each together.
std::vector<std::string> columns_of(const std::vector<Found>& all) {
  std::vector<std::string> fields, columns;
  const auto add = [](std::vector<std::string>& to, const std::string& name) {
    if (std::ranges::find(to, name) == to.end()) to.push_back(name);
  };
  for (const Found& found : all)
    for (const std::string& column : found.order) {
      add(columns, column);
      add(fields, column.substr(0, column.find('.')));
    }
  std::vector<std::string> out;
  for (const std::string& field : fields)
    for (const std::string& column : columns)
      if (column.substr(0, column.find('.')) == field) out.push_back(column);
  return out;
}

// One returned row held against its wording.
class Merger {
 public:
  Merger(const BrandFiles& files, const std::function<std::string(std::string_view)>& as_written)
      : all_(Finder(files, nullptr).take()), as_written_(as_written) {
    out_.files = files;
    for (const Found& found : all_) known_[{found.row.item, found.row.wording}] = &found;
  }

  void row(const ReturnedRow& row) {
    const auto at = known_.find({row.item, row.wording});
    if (at == known_.end())
      return refuse(row, fmt::format("there is no item {} with a wording {} in the folder",
                                     row.item, row.wording));
    if (!seen_.insert(at->first).second)
      return refuse(
          row, fmt::format("item {}, wording {} stands in the sheet twice", row.item, row.wording));
    const Found& found = *at->second;
    const size_t before = out_.changes.size();
    for (const auto& [column, text] : row.texts) cell(row, found, column, text);
    if (out_.changes.size() == before || row.check == found.row.check) return;
    out_.changes.resize(before);
    const Place& place = found.row.place;
    refuse(row, fmt::format("item {}, wording {} ({}:{}) was changed in the folder since the sheet "
                            "was exported: export again and bring the change over",
                            row.item, row.wording, place.file, place.line));
  }

  SheetOutcome finish() {
    if (!out_.refusals.empty()) return std::move(out_);
    std::map<std::string, std::vector<TextEdit>> by_file;
    for (const SheetChange& change : out_.changes) {
      const Found& found = *known_.at({change.item, change.wording});
      by_file[found.file].push_back({*way(found, change.column), change.after});
    }
    for (const auto& [file, edits] : by_file) {
      auto edited = catalog::edit_texts(out_.files.files[file], file, edits);
      if (edited)
        out_.files.files[file] = *std::move(edited);
      else
        out_.refusals.push_back(edited.error().message);
    }
    return std::move(out_);
  }

 private:
  void refuse(const ReturnedRow& row, const std::string& why) {
    out_.refusals.push_back(fmt::format("{}: {}", row.name, why));
  }

  // To a text that is there, or to a field that its locale does not have yet.
  static std::optional<YamlPath> way(const Found& found, const std::string& column) {
    if (const auto at = found.way.find(column); at != found.way.end()) return at->second;
    const size_t dot = column.find('.');
    if (dot == std::string::npos) return std::nullopt;
    const std::string locale = column.substr(dot);
    const bool there = std::ranges::any_of(
        found.row.texts, [&](const auto& text) { return text.first.ends_with(locale); });
    if (!there) return std::nullopt;
    return below(below(found.say, locale.substr(1)), column.substr(0, dot));
  }

  // Some write '\\' for ¥ where others write '?': both stand for a lost character.
  static std::string with_marks(std::string text) {
    std::ranges::replace(text, '\\', '?');
    return text;
  }
  bool came_back(const std::string& text, std::string_view before) const {
    const std::string expected = as_written_(before);
    return text == expected || (expected != before && with_marks(text) == with_marks(expected));
  }
  // The text has characters that the sheet's encoding lacks, and came back with more marks.
  bool lost(const std::string& before, const std::string& text) const {
    const auto marks = [](const std::string& of) {
      return std::ranges::count(with_marks(of), '?');
    };
    return marks(as_written_(before)) > marks(before) && marks(text) > marks(before);
  }

  void cell(const ReturnedRow& row, const Found& found, const std::string& column,
            const std::string& text) {
    const auto at = found.row.texts.find(column);
    const std::string before = at == found.row.texts.end() ? "" : at->second;
    // A spreadsheet may drop the line break that ends a text.
    if (came_back(text, before) || came_back(text, trim(before))) return;
    if (text.empty())
      return refuse(row, fmt::format("column {} is empty; a text is taken out in the file, not in "
                                     "the sheet",
                                     column));
    if (lost(before, text))
      return refuse(row, fmt::format("column {}: '?' stands where a character was lost when the "
                                     "sheet was saved: save it as UTF-8",
                                     column));
    if (!way(found, column))
      return refuse(row, fmt::format("item {}, wording {} says nothing in column {} that a text "
                                     "could be added to: begin it in the file",
                                     row.item, row.wording, column));
    const std::string after = before.ends_with('\n') && !text.ends_with('\n') ? text + "\n" : text;
    out_.changes.push_back({found.row.place, row.item, row.wording, column, before, after});
  }

  std::vector<Found> all_;
  std::map<std::pair<std::string, std::string>, const Found*> known_;
  std::set<std::pair<std::string, std::string>> seen_;
  const std::function<std::string(std::string_view)>& as_written_;
  SheetOutcome out_;
};

}  // namespace

Result<Sheet> sheet_of(const BrandFiles& files) {
  Vocabulary names;
  const Compiled compiled = compile_brand(files, names, 1);
  if (!compiled.snapshot)
    return fail(ErrorCode::invalid, "The folder has mistakes, so its copy cannot be sent out.",
                "`aizuchi check` lists them.");
  std::vector<Found> all = Finder(files, compiled.snapshot.get()).take();
  Sheet out{.text_columns = columns_of(all), .rows = {}};
  for (Found& found : all) out.rows.push_back(std::move(found.row));
  return out;
}

SheetOutcome merge_sheet(const BrandFiles& files, const std::vector<ReturnedRow>& rows,
                         const std::function<std::string(std::string_view)>& as_written) {
  Merger merger(files, as_written);
  for (const ReturnedRow& row : rows) merger.row(row);
  return merger.finish();
}

}  // namespace aizuchi::ground

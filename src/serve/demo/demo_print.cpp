#include "serve/demo/demo_print.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ground/base/json.h"
#include "serve/demo/demo_columns.h"

namespace aizuchi::serve {

using ground::Layer;
using ground::Value;

namespace {

struct Words {
  std::string_view ordinary, aizuchi, held, allowed, nothing, why, silent, then, refused, published,
      none;
  std::string_view layers[4];
  std::string_view between;
};
constexpr Words words_ja = {.ordinary = "よくある出し分け(手で書いた戯画)",
                            .aizuchi = "Aizuchi",
                            .held = "控えたこと",
                            .allowed = "同意",
                            .nothing = "まだ何も",
                            .why = "理由",
                            .silent = "(黙っています)",
                            .then = "→",
                            .refused = "公開できませんでした",
                            .published = "公開できます",
                            .none = "この場面で控えた情報はありません。",
                            .layers = {"標準表示", "表層", "記憶", "共鳴"},
                            .between = "、"};
constexpr Words words_en = {.ordinary = "Ordinary targeting (a caricature, by hand)",
                            .aizuchi = "Aizuchi",
                            .held = "Held back",
                            .allowed = "Allowed",
                            .nothing = "nothing yet",
                            .why = "why",
                            .silent = "(stays silent)",
                            .then = "→",
                            .refused = "Not published",
                            .published = "Could be published",
                            .none = "Nothing was held back in this scene.",
                            .layers = {"default", "surface", "memory", "resonance"},
                            .between = ", "};

const Words& words_in(std::string_view locale) {
  return locale == "ja" ? words_ja : words_en;
}

class Page {
 public:
  explicit Page(const PrintOptions& options) : options_(options) {}

  void line(size_t indent, std::string_view text) {
    out_ += std::string(indent, ' ') + wrapped(text, width(indent), indent) + "\n";
  }
  // A name, dimmed, and what stands beside it from column `to`.
  void pair(size_t indent, std::string_view name, size_t to, std::string_view text,
            std::string_view code = "") {
    const size_t used = indent + columns_of(name);
    out_ += std::string(indent, ' ') + paint("2", name);
    out_ += std::string(used < to ? to - used : 1, ' ');
    out_ += paint(code, wrapped(text, width(to), to)) + "\n";
  }
  void head(std::string_view text) { out_ += paint("1", text) + "\n"; }
  void part(std::string_view text, std::string_view code) {
    out_ += "\n  " + paint(code, text) + "\n";
  }
  void gap() { out_ += "\n"; }
  std::string take() { return std::move(out_); }

 private:
  size_t width(size_t indent) const {
    return options_.columns > indent + 20 ? options_.columns - indent : 20;
  }
  std::string paint(std::string_view code, std::string_view text) const {
    return !options_.colour || code.empty() ? std::string(text)
                                            : fmt::format("\x1b[{}m{}\x1b[0m", code, text);
  }
  const PrintOptions& options_;
  std::string out_;
};

constexpr std::string_view main_fields[] = {"title", "subject", "text", "name"};

std::string field_of(const speak::Content& content, std::string_view name) {
  for (const auto& [field, text] : content)
    if (field == name) return text;
  return "";
}

std::string said_by(const decide::Pick& pick) {
  std::string out;
  for (const std::string_view name : main_fields)
    if (out.empty()) out = field_of(pick.content, name);
  const std::string chosen = field_of(pick.content, "chosen");
  return chosen.empty() || chosen == "none" ? out : fmt::format("{} [{}]", out, chosen);
}

std::string said_by(const decide::SlotDraft& slot) {
  const std::string_view joint = slot.slot->shape == ground::Shape::order ? " → " : " / ";
  std::string out;
  for (const decide::Pick& pick : slot.picks)
    out += (out.empty() ? "" : std::string(joint)) + said_by(pick);
  return out;
}

void print_slot(Page& page, const decide::SlotDraft& slot, const Words& words, size_t column) {
  const std::string said = said_by(slot);
  if (said.empty()) return page.pair(4, slot.slot->name, column, words.silent, "2");
  page.pair(4, slot.slot->name, column, said);
  std::string note(words.layers[static_cast<size_t>(slot.layer)]);
  for (const speak::Sentence& why : slot.picks.front().why) note += fmt::format(" · {}", why.text);
  page.pair(4, "", column, note, slot.layer == Layer::none ? "2" : "36");
}

void print_held(Page& page, const DemoTold& told, const Words& words) {
  std::vector<std::pair<std::string, std::string>> order;  // what and why, slots
  for (const DemoHeldBack& held : told.held_back) {
    std::string text = fmt::format("{} – {}", held.what, held.why);
    const auto known = std::ranges::find(order, text, &std::pair<std::string, std::string>::first);
    if (known == order.end())
      order.emplace_back(std::move(text), held.slot);
    else
      known->second += ", " + held.slot;
  }
  if (order.empty()) return page.line(4, words.none);
  for (const auto& [text, slots] : order)
    page.line(4, slots.empty() ? text : fmt::format("{} ({})", text, slots));
}

// The clock as the scene writes it, with its offset, or as far as it was moved.
std::string clock_of(const DemoTold& told) {
  const std::string clock = told.scene->text("clock", told.locale);
  if (told.moment.later.ms == 0) return clock;
  const std::string offset = clock.substr(clock.find_first_of("+Z", 11));
  const auto east = offset == "+09:00" ? ground::Duration::hours(9) : ground::Duration{};
  std::string moved = ground::format_instant(told.scene->clock + told.moment.later + east);
  return moved.substr(0, 19) + (east.ms == 0 ? "Z" : offset);
}

size_t names_column(const DemoScene& scene) {
  size_t column = 0;
  for (const std::string& slot : scene.slots) column = std::max(column, columns_of(slot) + 6);
  return column;
}

const decide::SlotDraft* slot_of(const DemoTold& told, std::string_view name) {
  for (const decide::SlotDraft& slot : told.answer.draft.slots)
    if (slot.slot->name == name) return &slot;
  return nullptr;
}

}  // namespace

std::string print_told(const DemoTold& told, const PrintOptions& options) {
  const Words& words = words_in(told.locale);
  const DemoScene& scene = *told.scene;
  Page page(options);
  page.head(fmt::format("{}  {}", scene.id, scene.text("title", told.locale)));
  page.line(2, scene.text("about", told.locale));
  std::string allowed;
  for (const std::string& purpose : told.allowed)
    allowed += (allowed.empty() ? "" : std::string(words.between)) + purpose;
  page.line(2, fmt::format("{} · {}: {}", clock_of(told), words.allowed,
                           allowed.empty() ? words.nothing : allowed));
  const size_t column = names_column(scene);
  page.part(words.ordinary, "33");
  for (const std::string& slot : scene.slots) {
    const Value* said = scene.ordinary(slot, told.locale);
    if (said == nullptr) continue;
    for (const std::string_view name : main_fields)
      if (const Value* text = said->find(name)) page.pair(4, slot, column, text->as_string(), "2");
  }
  page.part(words.aizuchi, "1;32");
  for (const decide::SlotDraft& slot : told.answer.draft.slots)
    print_slot(page, slot, words, column);
  page.part(words.held, "35");
  print_held(page, told, words);
  return page.take();
}

std::string print_tap(const DemoTold& before, const DemoTold& after, const PrintOptions& options) {
  const Words& words = words_in(after.locale);
  const DemoTap* tap = after.scene->tap(after.moment.tapped.back().tap);
  if (tap == nullptr || tap->look.empty()) return "";
  Page page(options);
  page.part(fmt::format("{} {}", words.then, localized(tap->json, "title", after.locale)), "1;34");
  const size_t column = names_column(*after.scene);
  for (const std::string& name : tap->look) {
    const decide::SlotDraft* was = slot_of(before, name);
    const decide::SlotDraft* is = slot_of(after, name);
    if (was == nullptr || is == nullptr) continue;
    if (said_by(*was) == said_by(*is))
      page.pair(4, name, column, fmt::format("= {}", said_by(*is)), "2");
    else
      print_slot(page, *is, words, column);
  }
  if (const std::string note = localized(tap->json, "note", after.locale); !note.empty())
    page.line(4, note);
  return page.take();
}

std::string print_attempt(const DemoAttempt& attempt, const PrintOptions& options) {
  const Words& words = words_in(options.locale);
  Page page(options);
  page.head(attempt.refused() ? words.refused : words.published);
  for (const auto& [locale, sentence] : attempt.says) page.pair(2, locale, 6, sentence);
  for (const ground::Finding& finding : attempt.findings)
    page.line(2, ground::format_finding(finding));
  return page.take();
}

}  // namespace aizuchi::serve

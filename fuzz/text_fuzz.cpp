// Small texts and bodies that come from outside, from any bytes: JSON, moments and durations,
// addresses, escapes in a URL, base64, compressed bodies, CSV, scenes, texts put into YAML, a file
// of settings. The first byte chooses what the rest is taken for.
#include <CLI/Error.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "ground/base/text.h"
#include "ground/base/time.h"
#include "ground/base/value.h"
#include "ground/catalog/csv.h"
#include "ground/catalog/yaml_edit.h"
#include "ground/catalog/yaml_tree.h"
#include "ground/domain/value_choice.h"
#include "serve/app/settings_file.h"
#include "serve/demo/demo_scene.h"
#include "serve/http/address.h"
#include "serve/http/exchange.h"
#include "serve/http/inflate.h"

using namespace aizuchi;

namespace {

void json(std::string_view text) {
  const auto value = ground::parse_json(text);
  if (!value) return;
  const std::string written = ground::to_json(*value);
  AIZ_ASSERT(ground::valid_utf8(written));
  const auto again = ground::parse_json(written);
  AIZ_ASSERT(again.has_value() && ground::to_json(*again) == written);
}

void moment(std::string_view text) {
  if (const auto at = ground::parse_instant(text))
    AIZ_ASSERT(ground::parse_instant(ground::format_instant(*at)) == *at);
  (void)ground::parse_duration(text);
  (void)ground::read_value_choice(text);
  (void)serve::parse_before(text);
}

serve::Request header_of(const serve::HeaderField& field) {
  return {.method = "GET",
          .target = "/",
          .path = "/",
          .query = "",
          .body = "",
          .peer = "192.0.2.1",
          .headers = {&field, 1}};
}

void address(std::string_view text) {
  if (const auto one = serve::parse_net_address(text))
    AIZ_ASSERT(one->subscriber().size() <= 16 && !(one->is_this_machine() && one->is_public()));
  (void)serve::AddressRanges::parse({std::string(text)}, "--allow");
  static const auto proxies = serve::TrustedProxies::parse({"192.0.2.0/24", "2001:db8::/32"});
  for (const std::string_view name : {"x-forwarded-for", "forwarded"}) {
    const serve::HeaderField field{name, text};
    (void)proxies->client_of(header_of(field));
  }
}

void escapes(std::string_view text) {
  if (const auto plain = serve::percent_decoded(text)) AIZ_ASSERT(plain->size() <= text.size());
  std::string bytes;
  if (ground::base64_decode(text, bytes)) {
    std::string again;
    AIZ_ASSERT(ground::base64_decode(ground::base64(bytes), again) && again == bytes);
  }
  const serve::HeaderField field{"authorization", text};
  (void)serve::credential(header_of(field));
  (void)serve::person_token(header_of(field));
}

void compressed(std::string_view bytes) {
  constexpr serve::HttpLimits limits{.body_bytes_max = 100'000};
  for (const auto encoding : {serve::BodyEncoding::gzip, serve::BodyEncoding::deflate}) {
    std::string out;
    if (serve::inflate_body(encoding, bytes, limits, out))
      AIZ_ASSERT(out.size() <= limits.body_bytes_max);
  }
  (void)serve::parse_body_encoding(bytes);
}

void csv(std::string_view text) {
  ground::catalog::CsvReader reader(text);
  std::vector<ground::catalog::CsvField> row;
  size_t bytes = 0;
  while (reader.next(row)) {
    AIZ_ASSERT(!row.empty());
    for (const auto& field : row) bytes += field.text.size();
  }
  AIZ_ASSERT(bytes <= text.size());
}

void scene(std::string_view text) {
  const auto read = serve::parse_scene(text);
  if (read)
    (void)read->text("title", "ja");
  else
    AIZ_ASSERT(!read.error().message.empty());
}

// Up to the first NUL a text, behind it the YAML that it is put into.
void edited(std::string_view input) {
  const size_t cut = input.find('\0');
  if (cut == std::string_view::npos) return;
  const std::string text(input.substr(0, cut));
  const std::string_view yaml = input.substr(cut + 1);
  const auto tree = ground::catalog::parse_yaml(yaml, "f.yaml");
  if (!tree) return;
  for (const auto& [path, before] : ground::catalog::texts_of(*tree)) {
    if (path.empty()) return;  // no map and no list
    const auto out = ground::catalog::edit_texts(yaml, "f.yaml", {{path, text}});
    if (!out) return;
    const auto again = ground::catalog::parse_yaml(*out, "f.yaml");
    AIZ_ASSERT(again.has_value());
    AIZ_ASSERT(ground::catalog::texts_of(*again).at(path) == text);
    return;
  }
}

void settings(std::string_view text) {
  try {
    (void)serve::SettingsFile::read(std::string(text)).unknown({"port"});
  } catch (const CLI::ParseError&) {  // as the rest of the command line refuses
  }
}

using Take = void (*)(std::string_view text);
constexpr Take takes[] = {json, moment, address, escapes, compressed, csv, scene, edited, settings};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  takes[data[0] % std::size(takes)]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}

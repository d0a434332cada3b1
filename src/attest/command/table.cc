#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "attest/claim_list.h"
#include "attest/command/output.h"

namespace strongroom::attest {
namespace {

// ECMA-48, section 8.3.117 (SGR).
constexpr std::string_view kBold = "1", kGreen = "32", kRed = "31", kYellow = "33", kFaint = "2";

std::string_view colour_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return kGreen;
    case Outcome::kFailed:
      return kRed;
    case Outcome::kMissing:
    case Outcome::kWarning:
      return kYellow;
    case Outcome::kNotApplicable:
      break;
  }
  return kFaint;
}

std::string_view word_of(Outcome outcome) {
  return outcome == Outcome::kNotApplicable ? "n/a" : to_string(outcome);
}

std::string_view colour_of(Verdict verdict) {
  return verdict == Verdict::kAccepted ? kGreen : verdict == Verdict::kUndetermined ? kYellow : kRed;
}

std::string_view title_of(Concern concern) {
  switch (concern) {
    case Concern::kForm:
      return "Form";
    case Concern::kAuthenticity:
      return "Authenticity";
    case Concern::kRevocation:
      return "Revocation";
    case Concern::kTcb:
      return "Security version (TCB)";
    case Concern::kGuard:
      return "What the TEE permits";
    case Concern::kFreshness:
      return "Freshness";
    case Concern::kPolicy:
      return "Policy";
  }
  return "?";
}

// Counts characters, not bytes.
size_t columns(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// The lines of a text of at most `width` columns: broken at spaces, and inside of words that fit no line
// (hexadecimal, mostly).
std::vector<std::string> lines_of(std::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  const auto append = [&](std::string_view part) {
    for (size_t i = 0, column = columns(lines.back()); i < part.size(); ++i) {
      const bool begins = (part[i] & 0xc0) != 0x80;
      if (begins && column == width) {
        lines.emplace_back();
        column = 0;
      }
      lines.back() += part[i];
      column += begins ? 1 : 0;
    }
  };
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    const size_t used = columns(lines.back()), wanted = columns(word);
    if (used != 0 && used + 1 + wanted > width && (wanted <= width || used + 8 > width)) {
      lines.emplace_back();
    } else if (used != 0) {
      lines.back() += ' ';
    }
    append(word);
  }
  return lines;
}

class Table {
 public:
  Table(const TableStyle& style, std::ostream& out) : style_(style), out_(out) {}

  void write(const VerificationResult& result, size_t indent) {
    indent_ = std::string(indent, ' ');
    write_head(result);
    heading("Claims");
    for (const auto& [name, value] : common_claims(result.claims)) claim(name, value);
    for (const auto& [name, value] : result.claims.vendor) claim(name, value);
    for (const Concern concern : {Concern::kForm, Concern::kAuthenticity, Concern::kRevocation, Concern::kTcb,
                                  Concern::kGuard, Concern::kFreshness, Concern::kPolicy})
      write_checks(result, concern);
    for (const VerificationResult& layer : result.layers) {
      out_ << "\n";
      write(layer, indent + 4);
    }
  }

 private:
  [[nodiscard]] std::string paint(std::string_view colour, std::string_view text) const {
    return style_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
  }

  // `left` (already painted, of `left_width` columns), then the text in a column of its own.
  void row(const std::string& left, size_t left_width, std::string_view text) {
    const size_t used = indent_.size() + left_width;
    const size_t width = std::max<size_t>(style_.width - std::min(style_.width, used), 24);
    const auto lines = lines_of(text, width);
    out_ << indent_ << left << lines[0] << "\n";
    for (size_t i = 1; i < lines.size(); ++i)
      out_ << indent_ << std::string(left_width, ' ') << lines[i] << "\n";
  }

  void write_head(const VerificationResult& result) {
    std::string verdict(to_string(result.verdict));
    std::transform(verdict.begin(), verdict.end(), verdict.begin(),
                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    out_ << indent_ << paint(style_.colour ? "1;" + std::string(colour_of(result.verdict)) : "", verdict)
         << "  " << (result.format.empty() ? "unknown format" : result.format)
         << (result.authentic ? ", authentic" : ", not authentic") << "\n";
    std::array<size_t, 5> count{};
    for (const Finding& finding : result.findings) ++count[static_cast<size_t>(finding.outcome)];
    std::string summary;
    for (const Outcome outcome :
         {Outcome::kFailed, Outcome::kMissing, Outcome::kWarning, Outcome::kPassed, Outcome::kNotApplicable})
      if (const size_t number = count[static_cast<size_t>(outcome)]; number != 0)
        summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", number,
                               outcome == Outcome::kNotApplicable ? "not applicable" : to_string(outcome));
    row("  checks           ", 19, summary);
    if (!result.tcb_status.empty()) row("  TCB status       ", 19, printable(result.tcb_status));
    if (!result.advisories.empty())
      row("  open advisories  ", 19, printable(fmt::format("{}", fmt::join(result.advisories, " "))));
  }

  void heading(std::string_view text) { out_ << "\n" << indent_ << paint(kBold, text) << "\n"; }

  void claim(const std::string& name, const ClaimValue& value) {
    constexpr size_t kName = 30;
    const std::string shown = printable(name);
    const size_t width = columns(shown);
    if (width > kName - 2) {  // a line of its own
      row("  ", 2, shown);
      row(std::string(kName + 2, ' '), kName + 2, printable(claim_text(value)));
      return;
    }
    row("  " + shown + std::string(kName - width, ' '), kName + 2, printable(claim_text(value)));
  }

  void write_checks(const VerificationResult& result, Concern concern) {
    bool first = true;
    for (const Finding& finding : result.findings) {
      if (finding.concern != concern) continue;
      if (first) heading(title_of(concern));
      first = false;
      const std::string_view word = word_of(finding.outcome);
      std::string left = "  " + paint(colour_of(finding.outcome), word) + std::string(9 - word.size(), ' ');
      const std::string check = printable(finding.check);
      constexpr size_t kCheck = 23;
      if (columns(check) > kCheck - 1) {
        out_ << indent_ << left << check << "\n";
        row(std::string(11 + kCheck, ' '), 11 + kCheck, printable(finding.why));
      } else {
        row(left + check + std::string(kCheck - columns(check), ' '), 11 + kCheck, printable(finding.why));
      }
    }
  }

  const TableStyle& style_;
  std::ostream& out_;
  std::string indent_;
};

}  // namespace

void write_table(const VerificationResult& result, const TableStyle& style, std::ostream& out) {
  Table(style, out).write(result, 0);
}

}  // namespace strongroom::attest

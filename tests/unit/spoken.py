"""Captions as people speak, written for the tests, by language."""

# ruff: noqa: RUF001 - letters of many scripts are what it is about

SPOKEN = {
    "en": "MARK: Are you coming with us tonight?\nI don't know, I have to work.\n[door closes]\n"
    "Come on, you always say that.\nFine, but I can't stay long.",
    "fr": "PAUL: Tu viens avec nous ce soir ?\nJe ne sais pas, j'ai encore du travail.\n[musique]\n"
    "Allez, tu dis toujours la même chose.\nBon, d'accord, mais pas longtemps.",
    "de": "ANNA: Kommst du heute Abend mit?\nIch weiß nicht, ich muss noch arbeiten.\n(Tür)\n"
    "Ach komm, das sagst du doch immer.\nNa gut, aber ich kann nicht lange bleiben.",
    "es": "¿Vienes con nosotros esta noche?\nNo lo sé, todavía tengo que trabajar.\n♪ ♪\n"
    "Vamos, siempre dices lo mismo.\nEstá bien, pero no puedo quedarme mucho tiempo.",
    "pt": "Você vem com a gente hoje à noite?\nNão sei, ainda tenho que trabalhar.\n"
    "Ah, você sempre diz a mesma coisa.\nEstá bem, mas não posso ficar muito tempo.",
    "it": "Vieni con noi stasera?\nNon lo so, devo ancora lavorare.\n[music]\n"
    "Dai, dici sempre la stessa cosa.\nVa bene, ma non posso restare a lungo.",
    "nl": "Ga je vanavond met ons mee?\nIk weet het niet, ik moet nog werken.\n"
    "Kom op, dat zeg je altijd.\nGoed dan, maar ik kan niet lang blijven.",
    "sv": "Följer du med oss i kväll?\nJag vet inte, jag måste jobba lite till.\n"
    "Kom igen, det säger du ju alltid.\nOkej då, men jag kan inte stanna så länge.",
    "da": "Tager du med os i aften?\nDet ved jeg ikke, jeg skal stadig arbejde lidt.\n"
    "Kom nu, det siger du jo hver gang.\nJa ja, men jeg kan ikke blive ret længe.",
    "no": "Blir du med oss i kveld?\nJeg vet ikke, jeg må jobbe litt til.\n"
    "Kom igjen, det sier du jo hver gang.\nGreit, men jeg kan ikke bli så lenge.",
    "fi": "Tuletko sinä meidän kanssamme tänä iltana?\nEn tiedä, minun täytyy vielä tehdä töitä.\n"
    "No niin, sinä sanot aina noin.\nHyvä on, mutta en voi jäädä pitkäksi aikaa.",
    "pl": "Idziesz z nami dziś wieczorem?\nNie wiem, muszę jeszcze popracować.\n"
    "Daj spokój, zawsze tak mówisz.\nNo dobrze, ale nie mogę zostać długo.",
    "cs": "Půjdeš s námi dnes večer?\nNevím, musím ještě pracovat.\n"
    "Ale no tak, to říkáš vždycky.\nTak dobře, ale nemůžu zůstat dlouho.",
    "sk": "Pôjdeš s nami dnes večer?\nNeviem, musím ešte pracovať.\n"
    "Ale no tak, to hovoríš vždy.\nTak dobre, ale nemôžem zostať dlho, zajtra skoro vstávam.",
    "hu": "Velünk jössz ma este?\nNem tudom, még dolgoznom kell.\n"
    "Ugyan már, mindig ezt mondod.\nJól van, de nem maradhatok sokáig.",
    "ro": "Vii cu noi în seara asta?\nNu știu, mai am de lucru.\n"
    "Haide, mereu spui același lucru.\nBine, dar nu pot să stau prea mult.",
    "sl": "Greš nocoj z nami?\nNe vem, moram še delati.\n"
    "Daj no, to vedno praviš.\nV redu, ampak ne morem ostati dolgo, ker jutri zgodaj vstanem.",
    "tr": "Bu akşam bizimle geliyor musun?\nBilmiyorum, daha çalışmam gerekiyor.\n"
    "Hadi ama, her zaman böyle diyorsun.\nTamam, ama çok kalamam.",
    "vi": "Tối nay anh có đi với chúng tôi không?\nTôi không biết, tôi còn phải làm việc.\n"
    "Thôi nào, lúc nào anh cũng nói thế.\nĐược rồi, nhưng tôi không ở lại lâu được.",
    "id": "Kamu ikut kami malam ini?\nAku tidak tahu, aku masih harus bekerja.\n"
    "Ayolah, kamu selalu bilang begitu.\nBaiklah, tapi aku tidak bisa lama-lama.",
    "tl": "Sasama ka ba sa amin mamayang gabi?\nHindi ko alam, may trabaho pa ako.\n"
    "Sige na, lagi mo na lang sinasabi iyan.\nO sige, pero hindi ako puwedeng magtagal.",
    "et": "Kas sa tuled täna õhtul meiega kaasa?\nMa ei tea, ma pean veel töötama.\n"
    "Ole nüüd, sa ütled alati nii.\nHea küll, aga ma ei saa kauaks jääda.",
    "lv": "Vai tu šovakar nāksi mums līdzi?\nEs nezinu, man vēl jāstrādā.\n"
    "Nu beidz, tu vienmēr tā saki.\nLabi, bet es nevaru palikt ilgi.",
    "lt": "Ar eisi su mumis šį vakarą?\nNežinau, man dar reikia dirbti.\n"
    "Na jau, tu visada taip sakai.\nGerai, bet negaliu ilgai pasilikti.",
    "ca": "Vens amb nosaltres aquesta nit?\nNo ho sé, encara he de treballar.\n"
    "Va, sempre dius el mateix.\nD'acord, però no em puc quedar gaire estona.",
    "ru": "Ты пойдёшь с нами сегодня вечером?\nНе знаю, мне ещё надо работать.\n"
    "Да ладно, ты всегда так говоришь.\nХорошо, но я ненадолго.",
    "uk": "Ти підеш з нами сьогодні ввечері?\nНе знаю, мені ще треба працювати.\n"
    "Та годі, ти завжди так кажеш.\nДобре, але я ненадовго, бо завтра рано вставати.",
    "bg": "Ще дойдеш ли с нас тази вечер?\nНе знам, трябва още да работя.\n"
    "Хайде де, винаги така казваш.\nДобре, но не мога да остана дълго.",
    "be": "Ты пойдзеш з намі сёння ўвечары?\nНе ведаю, мне яшчэ трэба працаваць.\n"
    "Ды годзе, ты заўсёды так кажаш.\nДобра, але я ненадоўга.",
    "mk": "Ќе дојдеш ли со нас вечерва?\nНе знам, морам уште да работам.\n"
    "Ајде бе, секогаш така велиш.\nДобро, но не можам да останам долго.",
    "kk": "Бүгін кешке бізбен барасың ба?\nБілмеймін, әлі жұмыс істеуім керек.\n"
    "Қойшы, сен үнемі солай дейсің.\nЖарайды, бірақ ұзақ отыра алмаймын.",
    "ar": "هل ستأتي معنا هذه الليلة؟\nلا أعرف، ما زال عندي عمل.\n"
    "هيا، أنت تقول هذا دائما.\nحسنا، لكن لا أستطيع البقاء طويلا.",
    "fa": "امشب با ما می‌آیی؟\nنمی‌دانم، هنوز باید کار کنم.\n"
    "ای بابا، تو همیشه همین را می‌گویی.\nباشه، ولی نمی‌توانم زیاد بمانم.",
    "ur": "کیا تم آج رات ہمارے ساتھ آ رہے ہو؟\nمجھے نہیں معلوم، ابھی کام کرنا ہے۔\n"
    "چلو بھی، تم ہمیشہ یہی کہتے ہو۔\nٹھیک ہے، لیکن میں زیادہ دیر نہیں رک سکتا۔",
    "hi": "क्या तुम आज रात हमारे साथ चल रहे हो?\nपता नहीं, मुझे अभी काम करना है।\n"
    "अरे चलो, तुम हमेशा यही कहते हो।\nठीक है, लेकिन मैं ज़्यादा देर नहीं रुक सकता।",
    "mr": "आज रात्री तू आमच्यासोबत येणार आहेस का?\nमाहीत नाही, मला अजून काम करायचे आहे.\n"
    "चल ना, तू नेहमी असेच म्हणतोस.\nठीक आहे, पण मी जास्त वेळ थांबू शकत नाही.",
    "ne": "आज राति तिमी हामीसँग जान्छौ?\nथाहा छैन, मैले अझै काम गर्नुपर्छ।\n"
    "ल हिँड, तिमी सधैँ यही भन्छौ।\nहुन्छ, तर म धेरै बेर बस्न सक्दिनँ।",
    "bn": "তুমি কি আজ রাতে আমাদের সাথে আসছ?\nজানি না, আমাকে এখনও কাজ করতে হবে।\n"
    "চলো না, তুমি সবসময় এই কথাই বলো।\nঠিক আছে, কিন্তু আমি বেশিক্ষণ থাকতে পারব না।",
    "he": "אתה בא איתנו הערב?\nאני לא יודע, אני עוד צריך לעבוד.\n"
    "נו באמת, אתה תמיד אומר את זה.\nטוב, אבל אני לא יכול להישאר הרבה זמן.",
    "am": "ዛሬ ማታ ከእኛ ጋር ትመጣለህ?\nአላውቅም፣ ገና መሥራት አለብኝ።\n"
    "ተው እንጂ፣ ሁልጊዜ እንዲህ ትላለህ።\nእሺ፣ ግን ብዙ መቆየት አልችልም።",
    "ka": "დღეს საღამოს ჩვენთან ერთად მოდიხარ?\nარ ვიცი, კიდევ უნდა ვიმუშაო.",
    "hy": "Այսօր երեկոյան գալի՞ս ես մեզ հետ։\nՉգիտեմ, դեռ պետք է աշխատեմ։",
    "ta": "இன்று இரவு எங்களுடன் வருகிறாயா?\nதெரியவில்லை, இன்னும் வேலை இருக்கிறது.",
    "te": "ఈ రాత్రి మాతో వస్తున్నావా?\nతెలియదు, నాకు ఇంకా పని ఉంది.",
    "kn": "ಇಂದು ರಾತ್ರಿ ನಮ್ಮ ಜೊತೆ ಬರುತ್ತೀಯಾ?\nಗೊತ್ತಿಲ್ಲ, ಇನ್ನೂ ಕೆಲಸ ಇದೆ.",
    "ml": "ഇന്ന് രാത്രി ഞങ്ങളുടെ കൂടെ വരുന്നോ?\nഅറിയില്ല, ഇനിയും ജോലിയുണ്ട്.",
    "gu": "આજે રાત્રે તું અમારી સાથે આવે છે?\nખબર નથી, મારે હજી કામ કરવાનું છે.",
    "pa": "ਕੀ ਤੂੰ ਅੱਜ ਰਾਤ ਸਾਡੇ ਨਾਲ ਆ ਰਿਹਾ ਹੈਂ?\nਪਤਾ ਨਹੀਂ, ਮੈਂ ਅਜੇ ਕੰਮ ਕਰਨਾ ਹੈ।",
    "si": "අද රෑ අපිත් එක්ක එනවද?\nදන්නේ නැහැ, මට තව වැඩ තියෙනවා.",
    "km": "យប់នេះអ្នកទៅជាមួយយើងទេ?\nខ្ញុំមិនដឹងទេ ខ្ញុំនៅមានការងារធ្វើ។",
    "lo": "ຄືນນີ້ເຈົ້າຈະໄປກັບພວກເຮົາບໍ?\nຂ້ອຍບໍ່ຮູ້ ຂ້ອຍຍັງຕ້ອງເຮັດວຽກ.",
    "th": "คืนนี้คุณจะไปกับเราไหม\nไม่รู้สิ ฉันยังต้องทำงานอยู่",
    "el": "Θα έρθεις μαζί μας απόψε;\nΔεν ξέρω, έχω ακόμα δουλειά.",
    "ja": "今夜、一緒に来る？\nわからない、まだ仕事があるんだ。",
    "ko": "오늘 밤에 우리랑 같이 갈래?\n모르겠어, 아직 일해야 해.",
    "zh": "今晚你跟我们一起去吗？\n不知道，我还得工作。",
}
"""Each in a language that is named; a few lines are noise, as captions have them."""

UNNAMED = {
    "Swahili": "Je, utakuja nasi usiku huu?\nSijui, bado nina kazi ya kufanya.\n"
    "Haya bwana, kila mara unasema hivyo.\nSawa, lakini siwezi kukaa muda mrefu.",
    "Zulu": "Uyahamba nathi namhlanje ebusuku?\nAngazi, kusamele ngisebenze.\n"
    "Woza bo, uhlala usho njalo.\nKulungile, kodwa angikwazi ukuhlala isikhathi eside.",
    "Welsh": "Wyt ti'n dod gyda ni heno?\nDw i ddim yn gwybod, mae gen i waith i'w wneud.\n"
    "Dere ymlaen, ti'n dweud hynny bob tro.\nIawn, ond alla i ddim aros yn hir.",
    "Basque": "Gaur gauean gurekin etorriko zara?\nEz dakit, oraindik lan egin behar dut.\n"
    "Tira, beti gauza bera esaten duzu.\nOndo da, baina ezin naiz luzaro geratu.",
    "Esperanto": "Ĉu vi venos kun ni ĉi-vespere?\nMi ne scias, mi ankoraŭ devas labori.\n"
    "Nu, vi ĉiam diras tion.\nBone, sed mi ne povas resti longe.",
    "Latin": "Venisne nobiscum hodie vesperi?\nNescio, adhuc mihi laborandum est.\n"
    "Age, semper idem dicis.\nBene, sed diu manere non possum.",
    "Icelandic": "Kemurðu með okkur í kvöld?\nÉg veit það ekki, ég þarf enn að vinna.\n"
    "Láttu ekki svona, þú segir þetta alltaf.\nAllt í lagi, en ég get ekki verið lengi.",
    "Faroese": "Kemur tú við okkum í kvøld?\nEg veit ikki, eg má arbeiða eitt sindur afturat.\n"
    "Kom nú, hatta sigur tú altíð.\nJa, ja, men eg kann ikki vera leingi.",
    "Afrikaans": "Kom jy vanaand saam met ons?\nEk weet nie, ek moet nog werk.\n"
    "Ag kom nou, jy sê dit altyd.\nNou goed, maar ek kan nie lank bly nie.",
    "Frisian": "Giesto jûn mei ús mei?\nIk wit it net, ik moat noch wurkje.\n"
    "Kom op, dat seist altyd.\nNo goed, mar ik kin net lang bliuwe.",
    "Luxembourgish": "Kënns du haut den Owend mat eis?\nEch weess net, ech muss nach schaffen.\n"
    "Komm, dat sees du ëmmer.\nAn der Rei, mee ech ka net laang bleiwen.",
    "Galician": "Vés connosco esta noite?\nNon o sei, aínda teño que traballar.\n"
    "Veña, sempre dis o mesmo.\nEstá ben, pero non podo quedar moito tempo.",
    "Irish": "An bhfuil tú ag teacht linn anocht?\nNíl a fhios agam, caithfidh mé obair fós.\n"
    "Téanam ort, deir tú é sin i gcónaí.\nMaith go leor, ach ní féidir liom fanacht i bhfad.",
    "Albanian": "A vjen me ne sonte?\nNuk e di, duhet të punoj akoma.\n"
    "Hajde, gjithmonë kështu thua.\nMirë, por nuk mund të rri gjatë.",
    "Azerbaijani": "Bu axşam bizimlə gəlirsən?\nBilmirəm, hələ işləməliyəm.\n"
    "Gəl də, həmişə belə deyirsən.\nYaxşı, amma çox qala bilmərəm.",
    "Uzbek": "Bugun kechqurun biz bilan borasanmi?\nBilmayman, hali ishlashim kerak.\n"
    "Qo'ysang-chi, doim shunday deysan.\nMayli, lekin uzoq qololmayman.",
    "Maltese": "Ġej magħna llejla?\nMa nafx, għad irrid naħdem.\n"
    "Ejja, dejjem hekk tgħid.\nTajjeb, imma ma nistax noqgħod wisq.",
    "Somali": "Ma nala socotaa caawa?\nMa garanayo, weli waa inaan shaqeeyo.\n"
    "Kaalay, had iyo jeer sidaas ayaad tidhaahdaa.\nHagaag, laakiin ma joogi karo waqti dheer.",
    "Hausa": "Za ka zo tare da mu a daren nan?\nBan sani ba, har yanzu ina da aiki.\n"
    "Haba, kullum haka kake cewa.\nTo, amma ba zan iya dadewa ba.",
    "Yoruba": "Ṣé o máa bá wa lọ lálẹ́ òní?\nMi ò mọ̀, mo ṣì ní iṣẹ́ láti ṣe.\n"
    "Jọ̀ọ́, gbogbo ìgbà lo máa ń sọ bẹ́ẹ̀.\nÓ dáa, àmọ́ mi ò lè pẹ́.",
    "Haitian": "Èske w ap vini avèk nou aswè a?\nMwen pa konnen, mwen gen travay pou m fè.\n"
    "Ann ale, ou toujou di sa.\nDakò, men mwen pa ka rete lontan.",
    "Cebuano": "Mouban ka namo karong gabii?\nWala ko kahibalo, magtrabaho pa ko.\n"
    "Sige na, kanunay ka nga moingon niana.\nSige, apan dili ko makapabilin og dugay.",
    "Javanese": "Kowe melu aku kabeh bengi iki?\nAku ora ngerti, isih kudu nyambut gawe.\n"
    "Ayo ta, kowe mesthi ngomong ngono.\nYa wis, nanging aku ora bisa suwe-suwe.",
    "Occitan": "Venes amb nosautres anuèch?\nSabi pas, me cal encara trabalhar.\n"
    "Vai, totjorn disès la meteissa causa.\nD'acòrdi, mas pòdi pas demorar longtemps.",
    "Bosnian or Croatian or Serbian": "Ideš li večeras s nama?\nNe znam, moram još raditi.\n"
    "Ma daj, uvijek to kažeš.\nDobro, ali ne mogu dugo ostati.",
    "Mongolian": "Чи өнөө орой бидэнтэй хамт явах уу?\nМэдэхгүй, би бас ажиллах хэрэгтэй.\n"
    "Яв л даа, чи дандаа тэгж хэлдэг.\nЗа яах вэ, гэхдээ би удаан байж чадахгүй.",
    "Kyrgyz": "Бүгүн кечинде биз менен барасыңбы?\nБилбейм, дагы иштешим керек.\n"
    "Койчу, сен дайыма ушинтесиң.\nМакул, бирок көпкө отура албайм.",
    "Tatar": "Бүген кич безнең белән барасыңмы?\nБелмим, миңа әле эшләргә кирәк.\n"
    "Куйсана, син һәрвакыт шулай дисең.\nЯрар, ләкин озак утыра алмыйм.",
    "Pashto": "نن شپه زموږ سره ځې؟\nنه پوهېږم، لا هم باید کار وکړم.\n"
    "راځه، ته تل همداسې وایې.\nسمه ده، خو ډېر نشم پاتې کېدلای.",
    "Sindhi": "ڇا تون اڄ رات اسان سان گڏ هلندين؟\nخبر ناهي، مون کي اڃا ڪم ڪرڻو آهي.\n"
    "هل نه، تون هميشه ائين چوندو آهين.\nٺيڪ آهي، پر آئون گهڻو ترسي نٿو سگهان.",
    "Kurdish": "Tu îşev bi me re tê?\nNizanim, divê ez hê bixebitim.\n"
    "De were, tu her tim wisa dibêjî.\nBaş e, lê ez nikarim zêde bimînim.",
    "Bhojpuri": "का तू आज रात हमनी के साथे चलबऽ?\nपता नइखे, हमरा अबहीं काम करे के बा।\n"
    "अरे चलऽ, तू हरदम इहे कहेलऽ।\nठीक बा, बाकिर हम ढेर देर ना रुक सकीं।",
    "Assamese": "তুমি আজি ৰাতি আমাৰ লগত আহিবানে?\nনাজানোঁ, মোৰ এতিয়াও কাম আছে।\n"
    "ব'লা, তুমি সদায় এনেকৈয়ে কোৱা।\nঠিক আছে, কিন্তু মই বেছি সময় থাকিব নোৱাৰিম।",
    "Yiddish": "קומסטו מיט אונדז הײַנט בײַ נאַכט?\nאיך ווייס נישט, איך דאַרף נאָך אַרבעטן.\n"
    "קום שוין, דו זאָגסט עס אַלע מאָל.\nגוט, אָבער איך קען נישט בלײַבן לאַנג.",
    "Tigrinya": "ሎሚ ምሸት ምሳና ትመጽእ ዲኻ?\nኣይፈልጥን፣ ገና ክሰርሕ ኣለኒ።\n"
    "ንዓ ደኣ፣ ኩሉ ግዜ ከምኡ ትብል።\nሕራይ፣ ግን ነዊሕ ክጸንሕ ኣይክእልን እየ።",
}
"""Each in a language that is never named, or not told from its neighbours."""
